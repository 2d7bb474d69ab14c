// The contract of a meeting place, for any implementation.
#include "platform/meeting_place.h"

#include <algorithm>
#include <deque>

#include "platform/clock.h"
#include "test/law.h"
#include "test/platform/directory.h"

using namespace ringwire;

namespace {

using Accepted = MeetingPlace::Accepted;
using Dialled = MeetingPlace::Dialled;
using Labels = std::vector<std::string>;
using Locked = MeetingPlace::Locked;

constexpr int kBacklogOfTests = 16;

// One endpoint, or a process that only looks.
struct Visitor {
	explicit Visitor(const Directory& directory, const std::string& channel = "channel") {
		CHECK(place.find(directory.name(), channel).ok());
	}
	Visitor(const Directory& directory, const std::string& channel, const std::string& label)
		: Visitor(directory, channel) {
		CHECK(place.appear(label, kBacklogOfTests).ok());
	}
	[[nodiscard]] Labels labels() const {
		Labels found;
		CHECK(place.list(1000, found).ok());
		std::sort(found.begin(), found.end());
		return found;
	}
	[[nodiscard]] bool accepts() {
		LinkEnd link;
		return place.accept(link) == Accepted::kYes;
	}
	Locked lock() {
		Status status;
		return place.try_lock(status);
	}
	MeetingPlace place;
};

Dialled dial(const Visitor& from, const std::string& label, LinkEnd& link) {
	Status status;
	const Dialled dialled = from.place.dial(label, link, status);
	CHECK(dialled != Dialled::kFailed || !status.message.empty());
	return dialled;
}

Labels channels_of(const Directory& directory) {
	Labels channels;
	CHECK(list_places(directory.name(), kNoGroup, 1000, channels).ok());
	std::sort(channels.begin(), channels.end());
	return channels;
}

} // namespace

LAW("a label is listed from its appearance until its endpoint withdraws") {
	const Directory directory;
	const Visitor other(directory);
	CHECK(other.labels().empty());
	Visitor one(directory, "channel", "writer-1");
	CHECK(other.labels() == Labels{"writer-1"} && one.labels() == Labels{"writer-1"});
	Visitor two(directory, "channel", "reader-2");
	CHECK(other.labels() == Labels({"reader-2", "writer-1"}));
	one.place.withdraw();
	CHECK(other.labels() == Labels{"reader-2"});
	one.place.withdraw();
	two.place.withdraw();
	CHECK(other.labels().empty());
}

LAW("a place exists as long as it has a label, and to look does not create it") {
	const Directory directory;
	const Visitor looks(directory);
	CHECK(looks.labels().empty());
	looks.place.tidy_up();
	CHECK(channels_of(directory).empty());
	{
		const Visitor one(directory, "channel", "writer-1");
		const Visitor two(directory, "channel", "writer-2");
		CHECK(channels_of(directory) == Labels{"channel"});
	}
	CHECK(channels_of(directory).empty());
}

LAW("a listed label accepts connections, and both ends of the link know the other one's process and user") {
	const Directory directory;
	Visitor one(directory, "channel", "writer-1");
	const Visitor other(directory);
	CHECK(!one.accepts());
	LinkEnd near;
	REQUIRE(dial(other, "writer-1", near) == Dialled::kYes);
	LinkEnd far;
	REQUIRE(one.place.accept(far) == Accepted::kYes);
	CHECK(near.credentials().process == far.credentials().process && near.credentials().user == own_user());
	CHECK(one.place.admits(far) && other.place.admits(near));
	CHECK(near.send("hello", 5) == LinkEnd::Sent::kYes);
	char message[16];
	size_t length = 0;
	ReceivedHandle unasked;
	bool truncated = false;
	CHECK(far.receive(message, sizeof message, length, unasked, truncated) == LinkEnd::Received::kMessage);
	CHECK(std::string(message, length) == "hello");
	CHECK(!one.accepts());
}

LAW("a label that no endpoint has is dead") {
	const Directory directory;
	const Visitor other(directory);
	LinkEnd link;
	CHECK(dial(other, "writer-1", link) == Dialled::kDead && !link.open());
	{
		const Visitor one(directory, "channel", "writer-1");
		uint32_t process = 0;
		CHECK(other.place.answers("writer-1", &process));
		CHECK(!other.place.answers("writer-2"));
	}
	CHECK(!other.place.answers("writer-1"));
}

LAW("connections beyond the backlog find the endpoint busy, and alive") {
	const Directory directory;
	Visitor one(directory);
	REQUIRE(one.place.appear("writer-1", 2).ok());
	const Visitor other(directory);
	std::deque<LinkEnd> links;
	Dialled dialled = Dialled::kYes;
	while (dialled == Dialled::kYes && links.size() < 1000) {
		dialled = dial(other, "writer-1", links.emplace_back());
	}
	CHECK(dialled == Dialled::kBusy && links.size() < 1000);
	CHECK(other.place.answers("writer-1") && other.labels() == Labels{"writer-1"});
	CHECK(one.accepts());
	CHECK(dial(other, "writer-1", links.emplace_back()) == Dialled::kYes);
}

LAW("connections that wait are closed when the endpoint withdraws") {
	const Directory directory;
	Visitor one(directory, "channel", "writer-1");
	const Visitor other(directory);
	LinkEnd link;
	REQUIRE(dial(other, "writer-1", link) == Dialled::kYes);
	one.place.withdraw();
	CHECK(link.peer_has_closed());
}

LAW("a wait set returns the token of a place while a connection waits, and not after it is told to stop") {
	const Directory directory;
	WaitSet wait_set;
	REQUIRE(wait_set.open().ok());
	Visitor one(directory, "channel", "writer-1");
	int token = 0;
	REQUIRE(one.place.watch(wait_set, &token));
	void* ready[WaitSet::kReadyMax];
	CHECK(wait_set.collect(ready, 0) == 0);
	const Visitor other(directory);
	LinkEnd first;
	REQUIRE(dial(other, "writer-1", first) == Dialled::kYes);
	CHECK(wait_set.collect(ready, 0) == 1 && ready[0] == &token);
	one.place.unwatch(wait_set);
	CHECK(wait_set.collect(ready, 0) == 0);
	REQUIRE(one.place.watch(wait_set, &token));
	CHECK(wait_set.collect(ready, 0) == 1);
	CHECK(one.accepts());
	CHECK(wait_set.collect(ready, 0) == 0);
	one.place.withdraw();
	CHECK(wait_set.collect(ready, 0) == 0);
}

LAW("channels of one directory, and of several, do not see each other's labels") {
	const Directory directory;
	const Directory elsewhere;
	const Visitor one(directory, "one", "writer-1");
	const Visitor two(directory, "two", "writer-2");
	const Visitor three(elsewhere, "one", "writer-3");
	CHECK(one.labels() == Labels{"writer-1"} && two.labels() == Labels{"writer-2"});
	CHECK(three.labels() == Labels{"writer-3"});
	CHECK(channels_of(directory) == Labels({"one", "two"}) && channels_of(elsewhere) == Labels{"one"});
	LinkEnd link;
	CHECK(dial(one, "writer-2", link) == Dialled::kDead);
}

LAW("a channel may have any name") {
	const Directory directory;
	const Labels names = {".",   "..", "a/b", "lock", "%",    "%41",         "A",        "a",
	                      "aux", " ",  "~",   "\n",   "\xff", "K\xc3\xb6ln", "writer-1", ".0123"};
	std::deque<Visitor> visitors;
	for (const std::string& name : names) {
		const Visitor looks(directory, name);
		CHECK(looks.labels().empty());
		visitors.emplace_back(directory, name, "writer-1");
		CHECK(looks.labels() == Labels{"writer-1"});
	}
	Labels sorted = names;
	std::sort(sorted.begin(), sorted.end());
	CHECK(channels_of(directory) == sorted);
	visitors.clear();
	CHECK(channels_of(directory).empty());
}

LAW("more labels or channels than asked for are a limit") {
	const Directory directory;
	const Visitor one(directory, "one", "writer-1");
	const Visitor two(directory, "one", "writer-2");
	const Visitor three(directory, "two", "writer-3");
	Labels found;
	CHECK(one.place.list(2, found).ok() && found.size() == 2);
	CHECK(one.place.list(1, found).code == Code::kLimit);
	CHECK(list_places(directory.name(), kNoGroup, 2, found).ok() && found.size() == 2);
	CHECK(list_places(directory.name(), kNoGroup, 1, found).code == Code::kLimit);
}

LAW("a lock is held by one at a time, for one channel, and is free after its release") {
	const Directory directory;
	Visitor one(directory);
	Visitor two(directory);
	Visitor elsewhere(directory, "other");
	CHECK(one.lock() == Locked::kYes && two.lock() == Locked::kBusy && elsewhere.lock() == Locked::kYes);
	Status status;
	CHECK(two.place.lock_until(monotonic_nanos() + 1'000'000, status) == Locked::kBusy);
	one.place.unlock();
	CHECK(two.lock() == Locked::kYes && one.lock() == Locked::kBusy);
	one.place.unlock(); // it does not hold it
	CHECK(one.lock() == Locked::kBusy);
	two.place.unlock();
	elsewhere.place.unlock();
	CHECK(channels_of(directory).empty());
}

LAW("a lock that is held hinders no endpoint to appear, look, dial and withdraw, and its holder removes the place") {
	const Directory directory;
	Visitor holder(directory);
	REQUIRE(holder.lock() == Locked::kYes);
	{
		const Visitor one(directory, "channel", "writer-1");
		const Visitor two(directory, "channel", "reader-2");
		CHECK(one.labels() == Labels({"reader-2", "writer-1"}));
		LinkEnd link;
		CHECK(dial(one, "reader-2", link) == Dialled::kYes);
	}
	CHECK(holder.labels().empty());
	holder.place.unlock();
	CHECK(channels_of(directory).empty());
}

LAW("a lock is released with the place that holds it") {
	const Directory directory;
	Visitor other(directory);
	{
		Visitor holder(directory);
		REQUIRE(holder.lock() == Locked::kYes);
	}
	CHECK(other.lock() == Locked::kYes);
}
