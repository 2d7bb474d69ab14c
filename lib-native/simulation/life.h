// One life: processes with endpoints, from the start of the machine until everything has left it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/oracle/oracle.h"
#include "simulation/plan.h"

namespace ringwire::simulation {

struct LifeReport {
	uint64_t trace_hash = 0;
	uint64_t points = 0;
	uint64_t messages = 0; // delivered
	uint64_t kills = 0;
	uint64_t stops = 0;
	uint64_t links = 0;
	std::vector<Violation> violations;
};

[[nodiscard]] LifeReport run_life(uint64_t seed, bool print);

} // namespace ringwire::simulation
