// The ends of a channel: end, leave, shutdown, death. And the messages that are delivered before their events.
#include "channel/listing/listing.h"
#include "test/child_process.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

// A writer in another process: writes, signals its parent, and lives until it is killed.
void write_and_wait(const Contract& contract, uint64_t count, const ProcessEvent& ready, bool ends = false) {
	Company theirs(contract);
	TestWriter& writer = theirs.writer(1024);
	theirs.until([&] { return writer.log.count(Type::kConnect) == 1; });
	writer.write_many("m", count);
	if (ends) {
		writer.endpoint.end();
	}
	ready.set();
	for (;;) {
		theirs.until([] { return false; });
	}
}

} // namespace

LAW("a reader ends once, after the last message, when its only writer has ended") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write_many("m", 3) == 3);
	writer.endpoint.end();
	CHECK(writer.write("late") == Written::kClosed);
	CHECK(reader.read(2) == numbered("m", 0, 2));
	CHECK(reader.log.count(Type::kEnd) == 0);
	CHECK(reader.read(2) == numbered("m", 2, 3));
	CHECK(reader.log.count(Type::kEnd) == 0);
	CHECK(reader.endpoint.begin_wait());
	CHECK(reader.read().empty());
	CHECK(reader.log.count(Type::kEnd) == 1);
	CHECK(reader.read().empty());
	company.dismiss(writer);
	company.settle();
	CHECK(reader.read().empty());
	CHECK(reader.log.count(Type::kEnd) == 1);
	CHECK(reader.log.departed(Reason::kClosed) && reader.log.last(Type::kDisconnect)->ended);
}

LAW("with several writers the reader ends when all of them have ended, in any order of leaving") {
	Company company;
	TestWriter& one = company.writer();
	TestWriter& other = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(one.write("one") == Written::kAccepted);
	one.endpoint.end();
	company.dismiss(one);
	company.settle();
	CHECK(reader.read_all() == Texts{"one"});
	CHECK(reader.log.departed(Reason::kClosed) && reader.log.count(Type::kEnd) == 0);
	CHECK(other.write("other") == Written::kAccepted);
	other.endpoint.end();
	CHECK(reader.read_all() == Texts{"other"});
	CHECK(reader.log.count(Type::kEnd) == 1);
}

LAW("a leave is no end") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write("m") == Written::kAccepted);
	company.dismiss(writer);
	company.settle();
	CHECK(reader.log.count(Type::kDisconnect) == 0); // after its message
	CHECK(reader.read_all() == Texts{"m"});
	CHECK(reader.log.departed(Reason::kClosed) && !reader.log.last(Type::kDisconnect)->ended);
	CHECK(reader.log.count(Type::kEnd) == 0);
	CHECK(!reader.endpoint.begin_wait());
}

LAW("a reader that opens after the end gets the messages and then the end") {
	Company company;
	TestWriter& writer = company.writer();
	CHECK(writer.write_many("m", 3) == 3);
	writer.endpoint.end();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == numbered("m", 0, 3));
	CHECK(reader.log.count(Type::kEnd) == 1);
}

LAW("every published message of a killed writer is delivered before the event of its death") {
	Company company;
	const ProcessEvent ready;
	ChildProcess child([&] { write_and_wait(company.contract, 500, ready); });
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1 && reader.endpoint.available() == 500; });
	ready.wait();
	const auto pid = static_cast<uint32_t>(child.pid());
	child.kill();
	company.until([&] { return company.names().size() == 1; }); // its death was found
	CHECK(reader.log.count(Type::kDisconnect) == 0);
	Texts texts;
	while (texts.size() < 500) {
		const Texts more = reader.read(100);
		REQUIRE(!more.empty() && reader.log.count(Type::kDisconnect) == 0);
		texts.insert(texts.end(), more.begin(), more.end());
	}
	CHECK(texts == numbered("m", 0, 500));
	CHECK(reader.read().empty());
	CHECK(reader.log.departed(Reason::kDied) && !reader.log.last(Type::kDisconnect)->ended);
	CHECK(reader.log.last(Type::kDisconnect)->peer.process == pid);
	CHECK(reader.log.count(Type::kEnd) == 0 && reader.log.count(Type::kError) == 0);
	CHECK(!reader.endpoint.begin_wait());
}

LAW("a writer that was killed after its end has ended") {
	Company company;
	const ProcessEvent ready;
	ChildProcess child([&] { write_and_wait(company.contract, 3, ready, true); });
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	ready.wait();
	child.kill();
	CHECK(reader.read_all() == numbered("m", 0, 3));
	company.until([&] {
		(void)reader.read();
		return reader.log.count(Type::kDisconnect) == 1;
	});
	CHECK(reader.log.count(Type::kEnd) == 1);
	CHECK(reader.log.departed(Reason::kDied) && reader.log.last(Type::kDisconnect)->ended);
}

LAW("a peer that closes without a bye is dead") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	reader.endpoint.leave(false);
	company.settle();
	CHECK(writer.log.departed(Reason::kDied));
}

LAW("a writer that leaves in the middle of a handshake has left, not died") {
	Company company;
	TestReader& reader = company.reader();
	{
		TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
		CHECK(writer.write("m") == Written::kAccepted);
		writer.endpoint.end();
		reader.serve(); // accepts
		reader.serve(); // sends hello
		writer.serve(); // sends welcome, and leaves before it receives ready
	}
	company.settle();
	CHECK(reader.read_all() == Texts{"m"});
	CHECK(reader.log.departed(Reason::kClosed) && reader.log.count(Type::kEnd) == 1);
}

LAW("a reader that leaves in the middle of a handshake is no death") {
	Company company;
	TestWriter& writer = company.writer();
	{
		TestReader reader(company.contract, {});
		writer.serve();
		writer.serve(); // sends welcome
	}
	company.settle();
	const Event* departure = writer.log.last(Type::kDisconnect);
	CHECK(departure == nullptr || departure->reason == Reason::kClosed);
	CHECK(writer.log.count(Type::kConnect) == writer.log.count(Type::kDisconnect));
}

LAW("1000 endpoints open and close without a descriptor or a name left behind") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	const size_t before = descriptor_count();
	const size_t names = company.names().size();
	uint64_t state = law::seed();
	for (int i = 0; i < 500; ++i) {
		TestWriter& passing_writer = company.writer();
		TestReader& passing_reader = company.reader();
		if (law::next_random(state) % 2 == 0) {
			company.settle();
			CHECK(passing_writer.write("m") == Written::kAccepted);
			(void)passing_reader.read_all();
			(void)reader.read_all();
		}
		company.dismiss(passing_writer);
		company.dismiss(passing_reader);
		if (law::next_random(state) % 4 == 0) {
			company.settle();
		}
		(void)reader.read_all();
		writer.log.events.clear();
		reader.log.events.clear();
	}
	company.settle();
	while (!reader.read_all().empty()) {
	}
	company.until([&] { return descriptor_count() == before; });
	CHECK(company.names().size() == names);
}
