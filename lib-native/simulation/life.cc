#include "simulation/life.h"

#include <algorithm>
#include <cstdio>

#include "core/step.h"
#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"
#include "simulation/actors/actors.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::kNever;
using simulated::Process;
using simulated::Scheduler;
using simulated::scheduler;

namespace {

// Of simulated time.
constexpr uint64_t kScriptNanosMax = 60 * kSecond;
constexpr uint64_t kSettleNanosMax = 60 * kSecond;
constexpr uint64_t kEndNanosMax = 30 * kSecond;
constexpr uint64_t kPointsMax = 3'000'000;

class Life {
public:
	Life(uint64_t seed, bool print) : plan_(draw_plan(seed)), print_(print) {}

	LifeReport run();

private:
	bool idle();
	bool begin(Phase phase, uint64_t nanos_max);
	[[nodiscard]] bool anybody_lives() const;
	[[nodiscard]] bool scripts_done();
	void clean_up();
	void look_for_leftovers();

	LifePlan plan_;
	bool print_;
	Oracle oracle_;
	DuplexOracle duplex_{oracle_};
	World world_;
	uint64_t phase_ends_at_ = 0;
};

LifeReport Life::run() {
	plan_.scheduler.points_max = kPointsMax;
	scheduler().print_trace(print_);
	scheduler().reset(plan_.scheduler);
	kernel().reset(plan_.scheduler.seed + 1, plan_.shortages);
	if (print_) {
		std::printf("%s", describe(plan_).c_str());
	}
	oracle_.reset(plan_);
	world_.plan = &plan_;
	world_.oracle = &oracle_;
	duplex_.reset(plan_);
	world_.duplex = &duplex_;
	const uint64_t birth = scheduler().now();
	for (const ProcessPlan& process : plan_.processes) {
		Process& made =
			scheduler().add_process("process " + std::to_string(scheduler().processes().size() + 1),
		                            birth + process.start_nanos, [this, &process] { run_process(world_, process); });
		made.blows = process.blows;
		made.handles_max = process.handles_max;
	}
	phase_ends_at_ = birth + kScriptNanosMax;
	if (scheduler().run([this] { return idle(); }) == Scheduler::Outcome::kTooLong) {
		oracle_.violate("life", "the life has " + std::to_string(kPointsMax) + " points and does not end");
	} else {
		clean_up();
	}
	LifeReport report;
	report.trace_hash = scheduler().trace_hash();
	report.points = scheduler().points();
	report.messages = world_.messages;
	report.links = world_.links;
	report.stops = scheduler().stops();
	for (const auto& process : scheduler().processes()) {
		report.kills += process->killed ? 1 : 0;
	}
	report.violations = oracle_.violations();
	for (const simulated::Breach& breach : kernel().breaches()) {
		report.violations.push_back({"handles", breach.what});
	}
	return report;
}

bool Life::anybody_lives() const {
	return std::any_of(scheduler().processes().begin(), scheduler().processes().end(),
	                   [](const auto& process) { return process->alive(); });
}

bool Life::begin(Phase phase, uint64_t nanos_max) {
	scheduler().note("--- phase %d", static_cast<int>(phase));
	world_.phase = phase;
	phase_ends_at_ = scheduler().now() + nanos_max;
	for (const auto& process : scheduler().processes()) {
		Scheduler::interrupt(*process);
	}
	return true;
}

// No process can run at this moment.
bool Life::idle() {
	if (!anybody_lives()) {
		return false;
	}
	const uint64_t next = scheduler().next_event_at();
	if (!plan_.has_shortages() && oracle_.violations().empty()) {
		const std::string missed = oracle_.missed_wake();
		if (!missed.empty()) {
			oracle_.violate("wake", missed);
		}
	}
	const bool over = next == kNever || next > phase_ends_at_;
	switch (world_.phase) {
	case Phase::kScript: {
		if (!over && !scripts_done()) {
			return true;
		}
		scheduler().end_blows();
		kernel().end_shortages();
		return begin(Phase::kSettle, kSettleNanosMax);
	}
	case Phase::kSettle: {
		const std::string why = plan_.duplex ? duplex_.unsettled() : oracle_.unsettled();
		const std::string missing = oracle_.missing_shutdown();
		const std::string kept = oracle_.missing_message();
		if (!(why.empty() && missing.empty() && kept.empty()) && !over) {
			return true;
		}
		if (!missing.empty()) {
			oracle_.violate("shutdown", missing);
		}
		if (!why.empty()) {
			oracle_.violate("settle", why);
		} else if (!kept.empty()) {
			oracle_.violate("kept", kept);
		}
		oracle_.check_drained();
		return begin(Phase::kEnd, kEndNanosMax);
	}
	case Phase::kEnd: {
		const std::string why = plan_.duplex ? duplex_.unended() : oracle_.unended();
		if (!why.empty() && !over) {
			return true;
		}
		if (!why.empty()) {
			oracle_.violate("end", why);
		}
		return begin(Phase::kLeave, kEndNanosMax);
	}
	case Phase::kLeave:
		if (over) {
			oracle_.violate("leave", "a process does not end after its endpoints have left");
			return false;
		}
		break;
	}
	return true;
}

bool Life::scripts_done() {
	const auto done = [](const EndpointRecord& record) { return record.script_done || !record.process->alive(); };
	const size_t begun = oracle_.writers().size() + oracle_.readers().size();
	for (const auto& process : scheduler().processes()) {
		if (process->alive() && process->points == 0) {
			return false; // not started
		}
	}
	if (plan_.duplex) {
		return duplex_.scripts_done();
	}
	return begun > 0 && std::all_of(oracle_.writers().begin(), oracle_.writers().end(), done) &&
	       std::all_of(oracle_.readers().begin(), oracle_.readers().end(), done);
}

// Names of killed endpoints are left to the next endpoint of the channel.
void Life::clean_up() {
	oracle_.check_errors();
	if (!oracle_.violations().empty()) {
		return;
	}
	kernel().end_shortages();
	scheduler().note("--- the next endpoint opens and leaves");
	scheduler().add_process("janitor", scheduler().now(), [this] {
		ReaderEndpoint reader(plan_.contract, {});
		const Status status = reader.open();
		if (!status.ok()) {
			oracle_.violate("open", "the next endpoint cannot be opened: " + status.message);
		}
		(void)reader.service();
		reader.leave();
	});
	(void)scheduler().run([] { return false; });
	look_for_leftovers();
}

void Life::look_for_leftovers() {
	for (const auto& [path, folder] : kernel().folders()) {
		oracle_.violate("leftovers", "'" + path + "' is left with " + std::to_string(folder.sockets.size()) + " names");
	}
	if (kernel().object_count() != 0) {
		oracle_.violate("leftovers", std::to_string(kernel().object_count()) + " kernel objects are left, " +
		                                 std::to_string(kernel().region_count()) + " of them regions");
	}
}

} // namespace

LifeReport run_life(uint64_t seed, bool print) {
	return Life(seed, print).run();
}

} // namespace ringwire::simulation
