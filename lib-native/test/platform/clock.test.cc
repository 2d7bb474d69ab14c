// The contract of platform/clock.h, for every implementation.
#include "platform/clock.h"

#include <set>

#include "platform/wait_set.h"
#include "test/law.h"

using namespace ringwire;

namespace {

LAW("the clock never goes back, and advances while this process waits") {
	uint64_t before = monotonic_nanos();
	for (int i = 0; i < 10'000; ++i) {
		const uint64_t now = monotonic_nanos();
		CHECK(now >= before);
		before = now;
	}
	WaitSet set;
	REQUIRE(set.open().ok());
	void* tokens[WaitSet::kReadyMax];
	CHECK(set.collect(tokens, 2'000'000) == 0);
	CHECK(monotonic_nanos() - before >= 2'000'000);
}

LAW("random numbers do not repeat") {
	std::set<uint64_t> seen;
	for (int i = 0; i < 10'000; ++i) {
		seen.insert(random_u64());
	}
	CHECK(seen.size() == 10'000);
}

} // namespace
