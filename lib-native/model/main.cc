// Runs scenarios of the model. Prints one line for each: its name, "holds" or the failure, and the number of executions.
//
//   laws list
//   laws SCENARIO random EXECUTIONS [MUTANT]     that number of random executions
//   laws SCENARIO bound SWITCHES [MUTANT]        all executions with at most that number of preemptions
//   laws SCENARIO full 0 [MUTANT]                all executions
//
// Exit 0: the law holds; 1: a counter-example, printed with RINGWIRE_MODEL_HISTORY=1; 2: the mutant was not executed, or the
// command was wrong.
#include <cstdio>
#include <ostream>

#include "model/scenarios.h"
#include "model/variables.h"

using namespace ringwire::model;

namespace {

std::vector<Scenario> all_scenarios() {
	std::vector<Scenario> all;
	for (const auto* some : {&lapped_scenarios(), &held_back_scenarios(), &wake_scenarios(), &pool_scenarios()}) {
		all.insert(all.end(), some->begin(), some->end());
	}
	return all;
}

int run(const Scenario& scenario, const std::string& search, uint64_t amount) {
	std::ostream ignored(nullptr); // a growing stream would allocate memory of the checker
	rl::test_params params;
	params.execution_depth_limit = 20'000;
	params.progress_stream = &ignored;
	params.iteration_count = amount;
	if (search == "bound") {
		params.search_type = rl::sched_bound;
		params.context_bound = static_cast<unsigned>(amount);
	} else if (search == "full") {
		params.search_type = rl::sched_full;
	}
	if (std::getenv("RINGWIRE_MODEL_HISTORY") == nullptr) {
		params.output_stream = &ignored;
	}
	const bool holds = scenario.run(params);
	std::printf("%s: %s, %llu executions\n", scenario.name, holds ? "holds" : rl::test_result_str(params.test_result),
	            static_cast<unsigned long long>(params.stop_iteration));
	return holds ? 0 : 1;
}

} // namespace

int main(int count, char** arguments) {
	const std::vector<Scenario> all = all_scenarios();
	if (count == 2 && std::string(arguments[1]) == "list") {
		for (const Scenario& scenario : all) {
			std::printf("%s\t%s\n", scenario.name, scenario.law);
		}
		return 0;
	}
	if (count == 4 || count == 5) {
		for (const Scenario& scenario : all) {
			if (scenario.name == std::string(arguments[1])) {
				if (count == 5) {
					set_mutant(arguments[4]);
				}
				const int result = run(scenario, arguments[2], std::strtoull(arguments[3], nullptr, 10));
				return count == 5 && !mutant_reached() ? 2 : result;
			}
		}
	}
	std::fprintf(stderr, "usage: laws list | laws SCENARIO random|bound|full AMOUNT [MUTANT]\n");
	return 2;
}
