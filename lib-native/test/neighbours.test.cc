// Endpoints of one thread: while one of them blocks it, the others go on living.
#include "channel/neighbours.h"

#include "platform/clock.h"
#include "test/child_process.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

uint64_t in_millis(uint64_t millis) {
	return monotonic_nanos() + millis * 1'000'000;
}

// A channel of its own in the same run-time folder.
Contract named(const Company& company, const char* name) {
	Contract contract = company.contract;
	contract.name = name;
	return contract;
}

void live_together(Neighbours& neighbours, const std::vector<Member*>& members) {
	for (Member* member : members) {
		neighbours.add(member->common());
		member->common().live_among(neighbours);
	}
}

} // namespace

LAW("while one endpoint blocks the thread another one is joined, and tells it afterwards") {
	Neighbours neighbours;
	Company company;
	TestReader& blocked = company.reader();
	TestReader& other = company.reader(named(company, "other"));
	live_together(neighbours, {&blocked, &other});
	ChildProcess child([&] {
		Company theirs(company.contract);
		TestWriter& first = theirs.writer(named(company, "other"));
		// Only when that one has been joined does the other get what it waits for.
		theirs.until([&] { return first.log.count(Event::Type::kConnect) == 1; });
		TestWriter& second = theirs.writer(company.contract);
		CHECK(second.write("now") == Written::kAccepted);
		theirs.until([&] { return second.endpoint.unread() == 0; });
		pause();
	});
	Texts texts;
	while (texts.empty()) {
		CHECK(blocked.endpoint.wait_until(UINT64_MAX));
		texts = blocked.read();
	}
	CHECK(texts == Texts{"now"});
	CHECK(other.endpoint.open_links() == 1 && other.log.events.empty());
	company.settle();
	CHECK((other.wakes & kWakeEvents) != 0 && other.log.count(Event::Type::kConnect) == 1);
	neighbours.remove(blocked.endpoint);
	neighbours.remove(other.endpoint);
}

LAW("what is found for a neighbour is not lost when that one blocks next") {
	Neighbours neighbours;
	Company company;
	ReaderOptions sleepy;
	sleepy.spin_nanos = 0;
	TestWriter& writer = company.writer(16);
	TestReader& reader = company.reader(sleepy);
	TestReader& other = company.reader(named(company, "other"));
	company.settle();
	live_together(neighbours, {&writer, &other});
	CHECK(writer.write_many("m", 20) == 16);
	CHECK(!writer.endpoint.want_space(1));
	CHECK(!writer.endpoint.want_drained());
	CHECK(reader.read_all().size() == 16); // rings
	CHECK(!other.endpoint.wait_until(in_millis(1)));
	CHECK(writer.write_many("m", 20) == 16);
	CHECK(!writer.endpoint.wait_space(1, in_millis(1)));
	writer.wakes = kWakeNone;
	company.settle();
	CHECK((writer.wakes & kWakeSpace) != 0 && (writer.wakes & kWakeDrained) != 0);
	neighbours.remove(writer.endpoint);
	neighbours.remove(other.endpoint);
}

LAW("a neighbour that has moved away is not served any more") {
	Neighbours neighbours;
	Company company;
	TestReader& blocked = company.reader();
	TestReader& passing = company.reader(named(company, "other"));
	live_together(neighbours, {&blocked, &passing});
	CHECK(!blocked.endpoint.wait_until(in_millis(1)));
	TestWriter& writer = company.writer(named(company, "other"));
	neighbours.remove(passing.endpoint);
	company.dismiss(passing);
	CHECK(!blocked.endpoint.wait_until(in_millis(1)));
	CHECK(writer.log.events.empty());
	neighbours.remove(blocked.endpoint);
}
