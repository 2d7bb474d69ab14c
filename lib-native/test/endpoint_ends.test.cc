// How it ends: said to be over, left, shut down, killed. And what is delivered before that is told.
#include "channel/listing.h"
#include "test/child_process.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

// A writer in a process of its own: writes, tells its parent, and lives on until it is killed.
void write_and_wait(const Contract& contract, uint64_t count, const Whistle& ready, bool ends = false) {
	Company theirs(contract);
	TestWriter& writer = theirs.writer(1024);
	theirs.until([&] { return writer.log.count(Type::kConnect) == 1; });
	writer.write_many("m", count);
	if (ends) {
		writer.endpoint.end();
	}
	ready.blow();
	for (;;) {
		theirs.until([] { return false; });
	}
}

} // namespace

LAW("when the only writer has ended the reader ends, after the last message, once") {
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

LAW("with several writers the end comes when all of them have ended, whoever left before") {
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

LAW("to leave is not to end") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write("m") == Written::kAccepted);
	company.dismiss(writer);
	company.settle();
	CHECK(reader.log.count(Type::kDisconnect) == 0); // its message comes first
	CHECK(reader.read_all() == Texts{"m"});
	CHECK(reader.log.departed(Reason::kClosed) && !reader.log.last(Type::kDisconnect)->ended);
	CHECK(reader.log.count(Type::kEnd) == 0);
	CHECK(!reader.endpoint.begin_wait());
}

LAW("a reader that comes after the end gets what is there, and then the end") {
	Company company;
	TestWriter& writer = company.writer();
	CHECK(writer.write_many("m", 3) == 3);
	writer.endpoint.end();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == numbered("m", 0, 3));
	CHECK(reader.log.count(Type::kEnd) == 1);
}

LAW("all that a killed writer had published is delivered before its death is told") {
	Company company;
	const Whistle ready;
	ChildProcess child([&] { write_and_wait(company.contract, 500, ready); });
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1 && reader.endpoint.available() == 500; });
	ready.hear();
	const auto pid = static_cast<uint32_t>(child.pid());
	child.kill();
	company.until([&] { return company.names().size() == 2; }); // it is known to be dead
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
	const Whistle ready;
	ChildProcess child([&] { write_and_wait(company.contract, 3, ready, true); });
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	ready.hear();
	child.kill();
	CHECK(reader.read_all() == numbered("m", 0, 3));
	company.until([&] {
		(void)reader.read();
		return reader.log.count(Type::kDisconnect) == 1;
	});
	CHECK(reader.log.count(Type::kEnd) == 1);
	CHECK(reader.log.departed(Reason::kDied) && reader.log.last(Type::kDisconnect)->ended);
}

LAW("who leaves without a word is seen as dead") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	reader.endpoint.leave(false);
	company.settle();
	CHECK(writer.log.departed(Reason::kDied));
}

LAW("a writer that leaves while its reader is still shaking hands has left, not died") {
	Company company;
	TestReader& reader = company.reader();
	{
		TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
		CHECK(writer.write("m") == Written::kAccepted);
		writer.endpoint.end();
		reader.serve(); // accepts
		reader.serve(); // says hello
		writer.serve(); // welcomes it, and leaves before it hears that the reader is ready
	}
	company.settle();
	CHECK(reader.read_all() == Texts{"m"});
	CHECK(reader.log.departed(Reason::kClosed) && reader.log.count(Type::kEnd) == 1);
}

LAW("a reader that leaves while it is shaking hands is no death either") {
	Company company;
	TestWriter& writer = company.writer();
	{
		TestReader reader(company.contract, {});
		writer.serve();
		writer.serve(); // welcomes it
	}
	company.settle();
	const Event* departure = writer.log.last(Type::kDisconnect);
	CHECK(departure == nullptr || departure->reason == Reason::kClosed);
	CHECK(writer.log.count(Type::kConnect) == writer.log.count(Type::kDisconnect));
}

LAW("1000 endpoints come and go without a descriptor or a name left behind") {
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
