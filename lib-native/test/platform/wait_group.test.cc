// The contract of platform/wait_group.h, for every implementation.
#include "platform/wait_group.h"

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "platform/clock.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

constexpr uint64_t kMilli = 1'000'000;

// A wait set that watches one link.
struct Source {
	Source() { REQUIRE(set.open().ok() && set.watch(link.far, this)); }
	void ring() { CHECK(send_text(link.near, "x") == LinkEnd::Sent::kYes); }
	[[nodiscard]] std::vector<void*> take() {
		void* tokens[WaitSet::kReadyMax];
		const int count = set.collect(tokens, 0);
		return std::vector<void*>(tokens, tokens + count);
	}
	LinkPair link;
	WaitSet set;
};

struct Group : WaitGroup {
	Group() { REQUIRE(open().ok()); }
	[[nodiscard]] std::vector<void*> wait(int64_t timeout_nanos) {
		void* tokens[WaitSet::kReadyMax];
		const int count = collect(tokens, timeout_nanos);
		return std::vector<void*>(tokens, tokens + count);
	}
};

using Tokens = std::vector<void*>;

LAW("a group in which no set is ready answers at once, or after the time that it may wait") {
	Source source;
	Group group;
	REQUIRE(group.add(source.set, &source));
	CHECK(group.wait(0).empty());
	const uint64_t begin = monotonic_nanos();
	CHECK(group.wait(3 * kMilli).empty());
	CHECK(monotonic_nanos() - begin >= 3 * kMilli);
}

LAW("a group answers with the sets that are ready, and takes nothing from them") {
	Source one;
	Source other;
	Group group;
	REQUIRE(group.add(one.set, &one) && group.add(other.set, &other));
	CHECK(!one.set.ready());
	other.ring();
	CHECK(group.wait(WaitSet::kForever) == Tokens{&other});
	CHECK(group.wait(0) == Tokens{&other});
	CHECK(other.set.ready() && !one.set.ready());
	CHECK(other.take() == Tokens{&other});
	CHECK(receive_text(other.link.far) == "x");
	CHECK(group.wait(0).empty() && !other.set.ready());
}

LAW("an alarm of a set wakes its group when it is due, and stays until the set is asked") {
	Source source;
	Group group;
	REQUIRE(group.add(source.set, &source));
	const uint64_t at = monotonic_nanos() + 3 * kMilli;
	source.set.set_alarm(at);
	CHECK(group.wait(WaitSet::kForever) == Tokens{&source});
	CHECK(monotonic_nanos() >= at && source.set.ready());
	CHECK(group.wait(0) == Tokens{&source});
	CHECK(source.take() == Tokens{nullptr});
	CHECK(group.wait(0).empty() && !source.set.ready());
}

LAW("the death of a peer of one set wakes the group") {
	Source one;
	Source other;
	Group group;
	REQUIRE(group.add(one.set, &one) && group.add(other.set, &other));
	one.link.near.close();
	CHECK(group.wait(WaitSet::kForever) == Tokens{&one});
}

LAW("a set that was ready before it was added is ready in the group") {
	Source source;
	source.ring();
	Group group;
	REQUIRE(group.add(source.set, &source));
	CHECK(group.wait(WaitSet::kForever) == Tokens{&source});
}

LAW("a set that was removed wakes its group no more, until it is added again") {
	Source source;
	Group group;
	REQUIRE(group.add(source.set, &source));
	source.ring();
	group.remove(source.set);
	CHECK(group.wait(0).empty() && source.set.ready());
	REQUIRE(group.add(source.set, &group));
	CHECK(group.wait(0) == Tokens{&group});
}

LAW("a set can be in two groups, and each is woken") {
	Source source;
	Group one;
	Group other;
	REQUIRE(one.add(source.set, &one) && other.add(source.set, &other));
	source.ring();
	CHECK(one.wait(WaitSet::kForever) == Tokens{&one} && other.wait(WaitSet::kForever) == Tokens{&other});
	one.remove(source.set);
	CHECK(one.wait(0).empty() && other.wait(0) == Tokens{&other});
}

LAW("a group that is opened again is empty, and one that was never opened returns at once") {
	Source source;
	source.ring();
	Group group;
	REQUIRE(group.add(source.set, &source));
	REQUIRE(group.open().ok());
	CHECK(group.wait(0).empty());
	WaitGroup closed;
	void* tokens[WaitSet::kReadyMax];
	CHECK(closed.collect(tokens, WaitSet::kForever) == 0);
}

LAW("of more sets than a group can answer with at a time every ready one has its turn") {
	std::deque<Source> sources(WaitSet::kReadyMax + 40);
	Group group;
	for (Source& source : sources) {
		REQUIRE(group.add(source.set, &source));
		source.ring();
	}
	std::set<void*> seen;
	for (Tokens ready = group.wait(0); !ready.empty(); ready = group.wait(0)) {
		CHECK(ready.size() <= WaitSet::kReadyMax);
		for (void* token : ready) {
			seen.insert(token);
			CHECK(receive_text(static_cast<Source*>(token)->link.far) == "x");
		}
	}
	CHECK(seen.size() == sources.size());
}

} // namespace
