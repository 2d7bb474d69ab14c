// The `until` option: the condition under which a reader ends by itself.
#include "test/company.h"
#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Kind = EndRule::Kind;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

ReaderOptions until(Kind kind, uint64_t writers = 0) {
	ReaderOptions options;
	options.until = {kind, writers};
	return options;
}

} // namespace

LAW("a reader until closed does not end when every writer has ended") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader(until(Kind::kClosed));
	company.settle();
	CHECK(writer.write("one") == Written::kAccepted);
	writer.endpoint.end();
	CHECK(reader.read_all() == Texts{"one"});
	CHECK(!reader.endpoint.begin_wait());
	company.dismiss(writer);
	company.settle();
	CHECK(reader.read_all().empty());
	CHECK(reader.log.departed(Reason::kClosed) && reader.log.count(Type::kEnd) == 0);
	TestWriter& second = company.writer();
	company.settle();
	CHECK(second.write("two") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"two"});
	CHECK(reader.log.count(Type::kEnd) == 0);
}

LAW("a reader until closed ends by a shutdown") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader(until(Kind::kClosed));
	company.settle();
	CHECK(writer.write("one") == Written::kAccepted);
	writer.endpoint.shutdown();
	company.settle();
	CHECK(reader.read_all() == Texts{"one"});
	CHECK(reader.log.count(Type::kEnd) == 1);
}

LAW("a reader until two writers does not end after the first one, and ends after the second, once") {
	Company company;
	TestReader& reader = company.reader(until(Kind::kWriters, 2));
	TestWriter& first = company.writer();
	company.settle();
	first.endpoint.end();
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 0);
	company.dismiss(first);
	company.settle();
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 0);
	CHECK(!reader.endpoint.begin_wait());
	TestWriter& second = company.writer();
	company.settle();
	CHECK(second.write("two") == Written::kAccepted);
	second.endpoint.end();
	company.settle();
	CHECK(reader.read_all() == Texts{"two"});
	CHECK(reader.log.count(Type::kEnd) == 1);
	company.dismiss(second);
	company.settle();
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 1);
}

LAW("a reader until one writer waits for the end of every writer that is connected") {
	Company company;
	TestReader& reader = company.reader(until(Kind::kWriters, 1));
	TestWriter& first = company.writer();
	TestWriter& second = company.writer();
	company.settle();
	first.endpoint.end();
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 0);
	CHECK(second.write("two") == Written::kAccepted);
	second.endpoint.end();
	CHECK(reader.read(1) == Texts{"two"});
	CHECK(reader.log.count(Type::kEnd) == 0);
	CHECK(reader.read().empty() && reader.log.count(Type::kEnd) == 1);
}

LAW("a reader until one writer ends though another writer left without an end, when its messages are read") {
	Company company;
	TestReader& reader = company.reader(until(Kind::kWriters, 1));
	TestWriter& left = company.writer();
	TestWriter& ended = company.writer();
	company.settle();
	CHECK(left.write("left") == Written::kAccepted);
	company.dismiss(left);
	ended.endpoint.end();
	company.settle();
	CHECK(reader.log.count(Type::kEnd) == 0);
	CHECK(reader.read_all() == Texts{"left"});
	CHECK(reader.log.departed(Reason::kClosed) && reader.log.count(Type::kEnd) == 1);
	CHECK(reader.log.events.back().type == Type::kEnd);
}

LAW("a reader until one writer does not end while the handshake with a second writer is under way") {
	Company company;
	TestReader& reader = company.reader(until(Kind::kWriters, 1));
	TestWriter& first = company.writer();
	company.settle();
	Impostor second(company, Role::kReader);
	Region lane;
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	REQUIRE(lane.create(geometry.lane_bytes()).ok());
	const LaneWriter writer(lane.memory(), geometry, 1, CopyKind::kOrdered);
	second.say_hello(second.hello(), lane);
	first.endpoint.end();
	CHECK(reader.read().empty() && reader.log.count(Type::kEnd) == 0);
	second.socket.close();
	company.settle();
	CHECK(reader.read().empty() && reader.log.count(Type::kEnd) == 1);
}

LAW("a sleeping reader is woken by the end of the writer that completes its rule") {
	Company company;
	TestReader& reader = company.reader(until(Kind::kWriters, 2));
	TestWriter& first = company.writer();
	TestWriter& second = company.writer();
	company.settle();
	first.endpoint.end();
	CHECK(reader.read().empty());
	while (reader.endpoint.begin_wait()) {
		CHECK(reader.read().empty());
	}
	reader.wakes = kWakeNone;
	second.endpoint.end();
	company.settle();
	CHECK((reader.wakes & kWakeData) != 0);
	CHECK(reader.read().empty() && reader.log.count(Type::kEnd) == 1);
}
