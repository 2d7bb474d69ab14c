// The words of the core as variables of the model checker, and the mutant under test. A variable is a small number, so that it
// fits into the memory of the word that it replaces. A mutant is an access or fence of the source that is made weaker, or a
// step of a scenario that is left out.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace ringwire::model {

struct Site {
	const char* file;
	int line;
};

// All variables of one execution. Called in `before` and `after` of each.
void begin_execution();
void end_execution();

[[nodiscard]] uint32_t make_variable(uint64_t value);
[[nodiscard]] uint64_t load(uint32_t variable, std::memory_order order, Site site);
void store(uint32_t variable, uint64_t value, std::memory_order order, Site site);
void fence(std::memory_order order, Site site);

// Fails the execution if `condition` is false. relacy prints its history.
void require(bool condition, const char* law);

// "file.cc:12" makes the access there relaxed or leaves out the fence there, "file.cc:12:drop" leaves out the store,
// "file.cc:12:blind" the load, which repeats the value that its thread saw last. Any other name is a step of `mutated`.
void set_mutant(const std::string& name);
// Whether the mutant is the step of that name.
[[nodiscard]] bool mutated(const char* step);
// Whether the mutated access or step was executed.
[[nodiscard]] bool mutant_reached();

} // namespace ringwire::model
