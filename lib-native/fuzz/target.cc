#include "fuzz/target.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "test/law.h"
#include "test/scratch_folder.h"

extern "C" size_t __sanitizer_get_current_allocated_bytes();

namespace fuzz {

namespace {

constexpr size_t kBytesGrownMax = 4 << 20;

// Counted by the address of the literal, which is cheap, and summed by its text at the end.
std::map<const char*, uint64_t>& tally() {
	static auto* all = new std::map<const char*, uint64_t>;
	return *all;
}

} // namespace

void tried(const char* name, uint64_t count) {
	static std::mutex mutex; // a hostile peer in a thread counts too
	const std::lock_guard<std::mutex> lock(mutex);
	tally()[name] += count;
}

void print_tried() {
	std::map<std::string, uint64_t> sums;
	for (const auto& [name, count] : tally()) {
		sums[name] += count;
	}
	for (const auto& [name, count] : sums) {
		std::printf("  %12" PRIu64 "  %s\n", count, name.c_str());
	}
}

void broken(const char* file, int line, const char* condition) {
	std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
	std::abort();
}

void check_no_growth(size_t descriptors_in_flight) {
	static const size_t descriptors = ringwire::descriptor_count();
	static const size_t bytes = __sanitizer_get_current_allocated_bytes();
	HOLDS(ringwire::descriptor_count() <= descriptors + descriptors_in_flight);
	HOLDS(__sanitizer_get_current_allocated_bytes() <= bytes + kBytesGrownMax);
}

} // namespace fuzz

// The failures of the test helpers end the fuzzer too.
namespace law {

void fail(const char* file, int line, const char* condition) {
	fuzz::broken(file, line, condition);
}

uint64_t seed() {
	return 0;
}

} // namespace law
