// The ends of a channel: end, leave, shutdown, death. And the messages that are delivered before their events.
#include "channel/listing/listing.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

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
