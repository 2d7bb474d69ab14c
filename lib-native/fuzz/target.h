// The interface of a fuzzed scene and its helpers. Inputs are counted by class. A broken law ends the program with the seed that
// breaks it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fuzz/choices.h"

namespace fuzz {

// One run. Each scene defines it.
void attack(Choices& choices);

// Counts one input of a class; `name` is a literal.
void tried(const char* name, uint64_t count = 1);
// Prints the count of each class.
void print_tried();

// Prints the condition that is false, and aborts.
[[noreturn]] void broken(const char* file, int line, const char* condition);

// Fails if the process has more memory or descriptors than at the first call, apart from a bound for caches.
void check_no_growth(size_t descriptors_in_flight = 0);

} // namespace fuzz

#define HOLDS(condition) ((condition) ? void() : ::fuzz::broken(__FILE__, __LINE__, #condition))
