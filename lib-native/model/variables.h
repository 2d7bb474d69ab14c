// The words of the core as variables of the model checker, named by small numbers so that they fit into the places of the
// words they stand for, and the mutant that is being tried: one access or fence of the source that is made weaker, or
// one step of a scenario that is left out.
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

// Fails the execution: relacy prints the way to it.
void require(bool condition, const char* law);

// "file.cc:12" makes the access there relaxed or leaves out the fence there, "file.cc:12:drop" leaves out the store,
// "file.cc:12:blind" the load, which repeats what its thread saw last in that word; any other name is for `mutated`.
void set_mutant(const std::string& name);
// Whether the step of that name is to be left out or done wrong.
[[nodiscard]] bool mutated(const char* step);
// Whether the place of the mutant was ever come to.
[[nodiscard]] bool mutant_reached();

} // namespace ringwire::model
