// A scenario, and the function that searches its executions.
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
