// How a scenario is run: which search, how much of it, and what came of it.
#pragma once

#include "model/relacy.h"

namespace ringwire::model {

struct Scenario {
	const char* name;
	const char* law;
	bool (*run)(rl::test_params& params); // true: no counter-example
};

template <typename Suite>
bool simulate(rl::test_params& params) {
	return rl::simulate<Suite>(params);
}

} // namespace ringwire::model
