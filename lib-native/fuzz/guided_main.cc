// Runs a scene with the inputs of libFuzzer.
#include <cstdlib>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
	static const bool registered = std::atexit(fuzz::print_tried) == 0;
	(void)registered;
	fuzz::Choices choices(bytes, count);
	fuzz::attack(choices);
	return 0;
}
