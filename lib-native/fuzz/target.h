// What every fuzzed scene gives, and what it may use: the inputs of each class are counted, and a law that is broken ends the
// program with the seed that breaks it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fuzz/choices.h"

namespace fuzz {

// One run. Every scene defines it once.
void attack(Choices& choices);

// Counts one input of a class; `name` is a literal.
void tried(const char* name, uint64_t count = 1);
// Prints how many there were of each class.
void print_tried();

// Says what is not true, and dies.
[[noreturn]] void broken(const char* file, int line, const char* what);

// Memory and descriptors must be no more than at the first call of the kind, give or take what caches take.
void check_no_growth(size_t descriptors_in_flight = 0);

} // namespace fuzz

#define HOLDS(condition) ((condition) ? void() : ::fuzz::broken(__FILE__, __LINE__, #condition))
