// The plan of a life of servers and clients: everything but the actors is that of any other life.
#include <array>

#include "simulation/plan.h"

namespace ringwire::simulation {

using simulated::Random;

namespace {

DuplexPlan draw_party(Random& random) {
	DuplexPlan plan;
	plan.geometry = {kCapacityMin, kCapacityMin / 2, uint32_t{2} << random.below(4)};
	plan.batch_max = static_cast<uint32_t>(random.magnitude(4));
	plan.pause_nanos = random.once_in(2) ? 0 : any_pause(random) / 8;
	plan.spin_nanos = random.once_in(8) ? 2000 : 0;
	return plan;
}

DuplexPlan draw_server(Random& random) {
	DuplexPlan plan = draw_party(random);
	constexpr std::array kEndings{DuplexPlan::Ending::kStays, DuplexPlan::Ending::kStays, DuplexPlan::Ending::kLeaves,
	                              DuplexPlan::Ending::kFails};
	plan.ending = kEndings[random.below(kEndings.size())];
	plan.clients_max = random.once_in(2) ? random.between(1, 2) : 10;
	plan.opens_again = random.once_in(2);
	return plan;
}

DuplexPlan draw_client(Random& random) {
	DuplexPlan plan = draw_party(random);
	constexpr std::array kEndings{
		DuplexPlan::Ending::kStays,  DuplexPlan::Ending::kEnds,  DuplexPlan::Ending::kEnds,
		DuplexPlan::Ending::kLeaves, DuplexPlan::Ending::kFails, DuplexPlan::Ending::kShutsDown,
	};
	plan.ending = kEndings[random.below(kEndings.size())];
	plan.messages = random.once_in(6) ? 0 : random.magnitude(6);
	plan.burst = random.magnitude(4);
	plan.answers = random.below(plan.messages + 1);
	plan.length_max = random.once_in(12) ? kCapacityMin / 2 : 64;
	plan.timeout_nanos = random.once_in(3) ? 1 + any_pause(random) : 0;
	plan.blocking = random.once_in(8);
	return plan;
}

} // namespace

void draw_duplex(LifePlan& plan, uint64_t seed) {
	Random random(seed);
	plan.duplex = true;
	plan.contract.codec_to_client = "bytes";
	plan.contract.overflow = Overflow::kBlock;
	bool has_server = false;
	for (ProcessPlan& process : plan.processes) {
		for (ActorPlan& actor : process.actors) {
			actor.role = !has_server || random.once_in(4) ? Role::kServer : Role::kClient;
			has_server = true;
			actor.duplex = actor.role == Role::kServer ? draw_server(random) : draw_client(random);
		}
	}
}

} // namespace ringwire::simulation
