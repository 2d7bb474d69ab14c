// The contract of platform/wait_set.h, for every implementation.
#include "platform/wait_set.h"

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "platform/clock.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

constexpr uint64_t kMilli = 1'000'000;

std::vector<void*> collect(WaitSet& set, int64_t timeout_nanos) {
	void* tokens[WaitSet::kReadyMax];
	const int count = set.collect(tokens, timeout_nanos);
	return std::vector<void*>(tokens, tokens + count);
}

LAW("a wait set in which nothing is ready answers at once, or after the time that it may wait") {
	WaitSet set;
	REQUIRE(set.open().ok());
	LinkPair pair;
	REQUIRE(set.watch(pair.far, &pair));
	CHECK(collect(set, 0).empty());
	const uint64_t begin = monotonic_nanos();
	CHECK(collect(set, 3 * kMilli).empty());
	CHECK(monotonic_nanos() - begin >= 3 * kMilli);
}

LAW("a link is ready as long as a message waits in it") {
	WaitSet set;
	REQUIRE(set.open().ok());
	LinkPair pair;
	REQUIRE(set.watch(pair.far, &pair));
	REQUIRE(send_text(pair.near, "one") == LinkEnd::Sent::kYes);
	CHECK(collect(set, WaitSet::kForever) == std::vector<void*>{&pair});
	CHECK(collect(set, 0) == std::vector<void*>{&pair});
	CHECK(receive_text(pair.far) == "one");
	CHECK(collect(set, 0).empty());
}

LAW("a link whose peer has closed is ready, and stays so") {
	WaitSet set;
	REQUIRE(set.open().ok());
	LinkPair pair;
	REQUIRE(set.watch(pair.far, &pair));
	pair.near.close();
	CHECK(collect(set, WaitSet::kForever) == std::vector<void*>{&pair});
	Arrival end;
	receive_into(pair.far, end);
	CHECK(collect(set, 0) == std::vector<void*>{&pair});
}

LAW("a link that is not watched any more is never ready") {
	WaitSet set;
	REQUIRE(set.open().ok());
	LinkPair pair;
	REQUIRE(set.watch(pair.far, &pair));
	REQUIRE(send_text(pair.near, "one") == LinkEnd::Sent::kYes);
	set.unwatch(pair.far);
	CHECK(collect(set, 0).empty());
	REQUIRE(set.watch(pair.far, &pair.far));
	CHECK(collect(set, 0) == std::vector<void*>{&pair.far});
}

LAW("a link that is closed leaves the wait set") {
	WaitSet set;
	REQUIRE(set.open().ok());
	LinkPair pair;
	REQUIRE(set.watch(pair.far, &pair));
	pair.near.close();
	pair.far.close();
	CHECK(collect(set, 0).empty());
}

LAW("two wait sets can watch the same link") {
	WaitSet one;
	WaitSet other;
	REQUIRE(one.open().ok() && other.open().ok());
	LinkPair pair;
	REQUIRE(one.watch(pair.far, &pair.near) && other.watch(pair.far, &pair.far));
	REQUIRE(send_text(pair.near, "x") == LinkEnd::Sent::kYes);
	CHECK(collect(one, 0) == std::vector<void*>{&pair.near});
	CHECK(collect(other, 0) == std::vector<void*>{&pair.far});
}

LAW("an alarm is ready once when it is due, not before, with a null token") {
	WaitSet set;
	REQUIRE(set.open().ok());
	const uint64_t at = monotonic_nanos() + 3 * kMilli;
	set.set_alarm(at);
	CHECK(collect(set, WaitSet::kForever) == std::vector<void*>{nullptr});
	CHECK(monotonic_nanos() >= at);
	CHECK(collect(set, 0).empty());
}

LAW("an alarm in the past is due at once; 0 turns an alarm off; a later one takes the place of an earlier one") {
	WaitSet set;
	REQUIRE(set.open().ok());
	set.set_alarm(1);
	CHECK(collect(set, WaitSet::kForever) == std::vector<void*>{nullptr});
	set.set_alarm(1);
	set.set_alarm(0);
	CHECK(collect(set, 2 * kMilli).empty());
	set.set_alarm(monotonic_nanos() + kMilli);
	set.set_alarm(monotonic_nanos() + 3'600'000 * kMilli);
	CHECK(collect(set, 3 * kMilli).empty());
}

LAW("of more than it can answer at a time every ready link has its turn") {
	WaitSet set;
	REQUIRE(set.open().ok());
	std::deque<LinkPair> pairs;
	for (int i = 0; i < WaitSet::kReadyMax + 40; ++i) {
		LinkPair& pair = pairs.emplace_back();
		REQUIRE(set.watch(pair.far, &pair));
		REQUIRE(send_text(pair.near, "x") == LinkEnd::Sent::kYes);
	}
	std::set<void*> seen;
	for (std::vector<void*> ready = collect(set, 0); !ready.empty(); ready = collect(set, 0)) {
		CHECK(ready.size() <= WaitSet::kReadyMax);
		for (void* token : ready) {
			seen.insert(token);
			CHECK(receive_text(static_cast<LinkPair*>(token)->far) == "x");
		}
	}
	CHECK(seen.size() == pairs.size());
}

} // namespace
