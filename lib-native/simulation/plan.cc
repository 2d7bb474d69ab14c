#include "simulation/plan.h"

#include <array>
#include <sstream>
#include <string_view>

#include "core/step.h"

namespace ringwire::simulation {

namespace {

using simulated::Random;

constexpr uint64_t kMicro = 1000;
constexpr uint64_t kMilli = 1'000'000;

WriterPlan draw_writer(Random& random) {
	WriterPlan plan;
	plan.geometry = {kCapacityMin, kCapacityMin / 2, uint32_t{2} << random.below(5)};
	plan.messages = random.once_in(6) ? 0 : random.magnitude(6);
	plan.burst = random.magnitude(4);
	plan.pause_nanos = random.once_in(2) ? 0 : any_pause(random) / 8;
	plan.length_max = random.once_in(12) ? kCapacityMin / 2 : 64;
	plan.in_batches = random.once_in(4);
	plan.blocking = random.once_in(8);
	constexpr std::array kEndings{
		WriterPlan::Ending::kStays,  WriterPlan::Ending::kEnds,      WriterPlan::Ending::kEnds,
		WriterPlan::Ending::kDrains, WriterPlan::Ending::kDrains,    WriterPlan::Ending::kLeaves,
		WriterPlan::Ending::kFails,  WriterPlan::Ending::kShutsDown,
	};
	plan.ending = kEndings[random.below(kEndings.size())];
	return plan;
}

ReaderPlan draw_reader(Random& random, bool by_time) {
	ReaderPlan plan;
	plan.options.from_newest = random.once_in(8);
	plan.options.lossy = random.once_in(5);
	plan.options.order_by_time = by_time;
	plan.options.spin_nanos = random.once_in(8) ? 2 * kMicro : 0;
	plan.wakes_lanes_apart = random.once_in(2);
	switch (random.below(5)) {
	case 0:
		plan.options.until = {EndRule::Kind::kClosed, 0};
		break;
	case 1:
		plan.options.until = {EndRule::Kind::kWriters, random.between(1, 3)};
		break;
	default:
		break;
	}
	plan.batch_max = static_cast<uint32_t>(random.magnitude(5));
	plan.pause_nanos = random.once_in(2) ? 0 : any_pause(random) / 8;
	plan.blocking = random.once_in(8);
	constexpr std::array kEndings{
		ReaderPlan::Ending::kStays,  ReaderPlan::Ending::kStays, ReaderPlan::Ending::kStays,
		ReaderPlan::Ending::kLeaves, ReaderPlan::Ending::kFails, ReaderPlan::Ending::kShutsDown,
	};
	plan.ending = kEndings[random.below(kEndings.size())];
	plan.messages = random.magnitude(6);
	plan.gives_back = random.once_in(2);
	plan.leases = (plan.messages + plan.batch_max) % 3 == 0; // not drawn, so that a seed gives the same plan as before
	return plan;
}

bool is_of_handshake(const Step& step) {
	constexpr std::array<std::string_view, 6> kPrefixes{
		"connect:", "accept:", "hello:", "cursor:", "welcome:", "ready:"};
	return std::any_of(
		kPrefixes.begin(), kPrefixes.end(),
		[name = std::string_view(step.name)](std::string_view prefix) { return name.starts_with(prefix); });
}

// A step of a handshake, where a stop for more than its time limit makes the peer give it up.
simulated::Blow draw_silence(Random& random) {
	std::vector<int64_t> steps;
	for (const Step* step = Step::newest; step != nullptr; step = step->next) {
		if (is_of_handshake(*step)) {
			steps.push_back(step->index);
		}
	}
	simulated::Blow blow;
	blow.step = steps[random.below(steps.size())];
	blow.arrivals = random.magnitude(2);
	blow.stop_nanos = 14 * kSecond;
	return blow;
}

simulated::Blow draw_blow(Random& random) {
	if (random.once_in(8)) {
		return draw_silence(random);
	}
	simulated::Blow blow;
	if (random.once_in(2)) {
		blow.at_point = random.magnitude(11);
	} else {
		const Step* newest = Step::newest;
		blow.step = static_cast<int64_t>(random.below(newest->index + 1));
		blow.arrivals = random.magnitude(3);
	}
	if (random.once_in(2)) {
		constexpr std::array<uint64_t, 4> kStops{20 * kMicro, 5 * kMilli, 2 * kSecond, 14 * kSecond};
		blow.stop_nanos = kStops[random.below(kStops.size())];
	}
	return blow;
}

} // namespace

uint64_t any_pause(Random& random) {
	switch (random.below(6)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return random.magnitude(14);
	case 3:
		return random.magnitude(20);
	case 4:
		return random.magnitude(27);
	default:
		return random.once_in(4) ? random.between(kSecond, 25 * kSecond) : random.magnitude(30);
	}
}

LifePlan draw_plan(uint64_t seed) {
	Random random(seed);
	LifePlan plan;
	plan.contract.name = "channel";
	plan.contract.codec = "bytes";
	plan.contract.directory = "/run";
	constexpr std::array kPolicies{Overflow::kBlock,      Overflow::kBlock,      Overflow::kBlock,
	                               Overflow::kDropNewest, Overflow::kDropOldest, Overflow::kLatest};
	plan.contract.overflow = kPolicies[random.below(kPolicies.size())];

	plan.scheduler.seed = random.next();
	plan.scheduler.by_priority = random.once_in(3);
	constexpr std::array<uint64_t, 5> kTurns{1, 3, 10, 40, 200};
	plan.scheduler.points_per_turn = kTurns[random.below(kTurns.size())];
	constexpr std::array<uint64_t, 3> kTicks{20, 200, 2000};
	plan.scheduler.nanos_per_point = kTicks[random.below(kTicks.size())];

	if (random.once_in(5)) {
		plan.shortages.backlog_max = random.below(4);
	}
	if (random.once_in(6)) {
		plan.shortages.early_return = 8;
	}
	const bool short_of_something = random.once_in(5);
	if (short_of_something) {
		plan.shortages.send_busy = random.once_in(2) ? random.between(4, 64) : 0;
		plan.shortages.no_handle = random.once_in(2) ? random.between(4, 64) : 0;
		plan.shortages.no_watch = random.once_in(4) ? random.between(4, 64) : 0;
		plan.shortages.no_memory = random.once_in(2) ? random.between(2, 16) : 0;
	}

	const bool by_time = random.once_in(2);
	// All at once, in quick succession, or spread out.
	constexpr std::array<uint64_t, 4> kSpreads{1, 30 * kMicro, kMilli, kSecond};
	const uint64_t spread = kSpreads[random.below(kSpreads.size())];
	const uint64_t processes = random.between(2, 6);
	const bool with_blows = random.once_in(2);
	for (uint64_t i = 0; i < processes; ++i) {
		ProcessPlan& process = plan.processes.emplace_back();
		process.start_nanos = random.below(spread);
		process.among_neighbours = random.once_in(2);
		const uint64_t actors = random.once_in(4) ? random.between(2, 3) : 1;
		for (uint64_t k = 0; k < actors; ++k) {
			ActorPlan& actor = process.actors.emplace_back();
			actor.role = random.once_in(2) ? Role::kReader : Role::kWriter;
			actor.open_after_nanos = random.once_in(2) ? 0 : random.below(spread);
			actor.compute_nanos = random.once_in(8) ? any_pause(random) : 0;
			actor.compute_at_end_nanos = random.once_in(8) ? any_pause(random) : 0;
			actor.ending_after_nanos = any_pause(random);
			actor.writer = draw_writer(random);
			actor.reader = draw_reader(random, by_time && !random.once_in(4));
		}
		if (with_blows && random.once_in(2)) {
			for (uint64_t k = random.between(1, 2); k > 0; --k) {
				process.blows.push_back(draw_blow(random));
			}
		}
		if (short_of_something && random.once_in(4)) {
			process.handles_max = random.between(4, 16);
		}
	}
	if (Random(~seed).once_in(4)) {
		draw_duplex(plan, ~seed);
	}
	return plan;
}

std::string describe(const LifePlan& plan) {
	std::ostringstream text;
	text << "channel: " << overflow_name(plan.contract.overflow)
		 << "; scheduler: " << (plan.scheduler.by_priority ? "by priority" : "by chance") << ", "
		 << plan.scheduler.points_per_turn << " points a turn, " << plan.scheduler.nanos_per_point
		 << " ns a point; backlog " << plan.shortages.backlog_max << "; shortages: send 1/" << plan.shortages.send_busy
		 << ", handle 1/" << plan.shortages.no_handle << ", watch 1/" << plan.shortages.no_watch << ", memory 1/"
		 << plan.shortages.no_memory << "\n";
	for (size_t i = 0; i < plan.processes.size(); ++i) {
		const ProcessPlan& process = plan.processes[i];
		text << "  process " << i + 1 << " starts at " << process.start_nanos / 1000 << " us";
		if (process.handles_max != simulated::Process::kNoLimit) {
			text << ", at most " << process.handles_max << " handles";
		}
		for (const simulated::Blow& blow : process.blows) {
			text << (blow.stop_nanos == 0 ? ", killed" : ", stopped");
			if (blow.step < 0) {
				text << " at point " << blow.at_point;
				continue;
			}
			for (const Step* step = Step::newest; step != nullptr; step = step->next) {
				if (step->index == blow.step) {
					text << " at '" << step->name << "' no. " << blow.arrivals;
				}
			}
		}
		text << "\n";
		for (const ActorPlan& actor : process.actors) {
			if (is_duplex(actor.role)) {
				text << "    " << role_name(actor.role) << ": depth " << actor.duplex.geometry.depth << ", ending "
					 << static_cast<int>(actor.duplex.ending);
				if (actor.role == Role::kServer) {
					text << ", at most " << actor.duplex.clients_max << " clients";
				} else {
					text << ", " << actor.duplex.messages << " messages, ending after " << actor.duplex.answers
						 << " answers, timeout " << actor.duplex.timeout_nanos / 1000 << " us";
				}
			} else if (actor.role == Role::kWriter) {
				text << "    writer: depth " << actor.writer.geometry.depth << ", " << actor.writer.messages
					 << " messages of up to " << actor.writer.length_max << " bytes, ending "
					 << static_cast<int>(actor.writer.ending);
			} else {
				text << "    reader:" << (actor.reader.options.lossy ? " lossy" : "")
					 << (actor.reader.options.order_by_time ? " by time" : "")
					 << (actor.reader.options.from_newest ? " from newest" : "")
					 << (actor.reader.wakes_lanes_apart ? " wakes lanes apart" : "")
					 << (actor.reader.leases ? " leases" : "") << " until "
					 << static_cast<int>(actor.reader.options.until.kind) << ", ending "
					 << static_cast<int>(actor.reader.ending) << " after " << actor.reader.messages;
			}
			text << (actor.reader.blocking || actor.writer.blocking || actor.duplex.blocking ? ", blocking" : "")
				 << ", computes " << actor.compute_nanos / 1000 << " us\n";
		}
	}
	return text.str();
}

} // namespace ringwire::simulation
