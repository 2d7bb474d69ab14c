// A shutdown: the endpoints that it reaches, and the messages that are still delivered.
#include "platform/clock.h"
#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

WireShutdown shutdown_as_of(uint64_t time) {
	return make_shutdown(time, Role::kReader, 77);
}

} // namespace

LAW("a shutdown at any endpoint reaches every endpoint, and each emits it once") {
	for (size_t who = 0; who < 6; ++who) {
		Company company;
		TestWriter* writers[3] = {};
		TestReader* readers[3] = {};
		for (int i = 0; i < 3; ++i) {
			writers[i] = &company.writer();
			readers[i] = &company.reader();
		}
		company.settle();
		CHECK(writers[0]->write("last") == Written::kAccepted);
		Endpoint& origin = who < 3 ? writers[who]->common() : readers[who - 3]->common();
		origin.shutdown();
		origin.shutdown();
		company.settle();
		for (int i = 0; i < 3; ++i) {
			for (const Member* member : {static_cast<Member*>(writers[i]), static_cast<Member*>(readers[i])}) {
				CHECK(member->log.count(Type::kShutdown) == (&member->common() == &origin ? 0 : 1));
				CHECK(member->log.count(Type::kError) == 0);
			}
			CHECK(writers[i]->write("late") == Written::kShutDown);
			CHECK(readers[i]->read_all() == Texts{"last"});
			CHECK(readers[i]->log.count(Type::kEnd) == 1);
		}
		CHECK(company.folder.empty());
	}
}

LAW("a shutdown also reaches peers in the middle of their handshake, and peers that were not accepted yet") {
	for (int rounds = 0; rounds < 3; ++rounds) {
		for (const bool by_writer : {true, false}) {
			for (const bool writer_first : {true, false}) {
				Company company;
				auto [writer, reader] = company.pair(writer_first);
				Member& origin = by_writer ? static_cast<Member&>(writer) : reader;
				Member& other = by_writer ? static_cast<Member&>(reader) : writer;
				for (int i = 0; i < rounds; ++i) {
					other.serve();
					origin.serve();
				}
				origin.common().shutdown();
				company.settle();
				CHECK(other.log.count(Type::kShutdown) == 1);
				const Event* departure = other.log.last(Type::kDisconnect);
				CHECK(departure == nullptr || departure->reason == Reason::kClosed);
				CHECK(origin.log.count(Type::kError) == 0 && other.log.count(Type::kError) == 0);
			}
		}
	}
}

LAW("a shutdown does not reach endpoints that opened after it") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	writer.endpoint.shutdown();
	TestWriter& late = company.writer(); // dials a reader that has not received the shutdown yet
	company.settle();
	CHECK(reader.log.count(Type::kShutdown) == 1);
	CHECK(late.log.count(Type::kShutdown) == 0 && late.log.count(Type::kError) == 0);
	CHECK(late.write("m") == Written::kAccepted);
	TestReader& next = company.reader();
	company.settle();
	CHECK(next.read_all() == Texts{"m"});
}

LAW("a shutdown that a stranger sends as well, in the middle of its handshake, is emitted once") {
	Company company;
	TestReader& reader = company.reader();
	FakeWriter known(company);
	Impostor stranger(company, Role::kReader);
	const WireHello hello = stranger.hello();
	const WireShutdown over = shutdown_as_of(monotonic_nanos());
	// Not served before all messages are sent.
	CHECK(stranger.socket.send(&hello, sizeof hello) == LinkEnd::Sent::kYes);
	CHECK(stranger.socket.send(&over, sizeof over) == LinkEnd::Sent::kYes);
	known.impostor.send(&over, sizeof over);
	CHECK(reader.log.count(Type::kShutdown) == 1);
	CHECK(reader.log.events.back().type == Type::kShutdown);
}

LAW("a reader that a shutdown has not reached yet reads from a later writer, and ends; the writer stays open") {
	Company company;
	TestReader& old = company.reader();
	FakeWriter sender(company);
	const WireShutdown over = shutdown_as_of(monotonic_nanos());
	TestWriter& writer = company.writer(4);
	TestReader& next = company.reader();
	company.settle();
	CHECK(writer.write_many("m", 4) == 4);
	sender.impostor.send(&over, sizeof over);
	CHECK(old.log.count(Type::kShutdown) == 1 && writer.log.count(Type::kShutdown) == 0);
	CHECK(next.read_all() == numbered("m", 0, 4));
	CHECK(writer.write("n") == Written::kFull);
	CHECK(old.read_all() == numbered("m", 0, 4));
	CHECK(old.log.count(Type::kError) == 0 && old.log.lost() == 0 && old.log.count(Type::kEnd) == 1);
	old.endpoint.leave();
	company.settle();
	CHECK(writer.write("n") == Written::kAccepted);
	CHECK(next.read_all() == Texts{"n"});
}

LAW("a shutdown reaches endpoints of the same role, also when no endpoint of the opposite role is there") {
	for (const bool readers : {true, false}) {
		Company company;
		std::vector<Member*> members;
		for (int i = 0; i < 3; ++i) {
			members.push_back(readers ? static_cast<Member*>(&company.reader()) : &company.writer());
		}
		company.settle();
		members[1]->common().shutdown();
		TestWriter& late_writer = company.writer();
		TestReader& late_reader = company.reader();
		company.settle();
		for (Member* member : members) {
			CHECK(member->log.count(Type::kShutdown) == (member == members[1] ? 0 : 1));
			CHECK(member->log.count(Type::kError) == 0 && member->log.count(Type::kDisconnect) == 0);
		}
		CHECK(readers || static_cast<TestWriter*>(members[0])->write("late") == Written::kShutDown);
		CHECK(late_writer.log.count(Type::kShutdown) == 0 && late_reader.log.count(Type::kShutdown) == 0);
		CHECK(late_writer.write("next channel") == Written::kAccepted);
		CHECK(late_reader.read_all() == Texts{"next channel"});
	}
}

LAW("a shutdown reaches an endpoint that is not served until its sender has left") {
	Company company;
	TestReader& stopped = company.reader();
	{
		TestReader sender(company.contract, {});
		sender.endpoint.shutdown();
	}
	company.settle();
	CHECK(stopped.log.count(Type::kShutdown) == 1 && stopped.log.count(Type::kError) == 0);
}

LAW("a shutdown with an unknown role, without an endpoint, or with bytes where it has no field is CORRUPT") {
	for (const int wrong : {0, 1, 2, 3}) {
		Company company;
		TestWriter& writer = company.writer();
		TestReader& reader = company.reader();
		company.settle();
		Impostor impostor(company, Role::kWriter);
		WireShutdown shutdown = shutdown_as_of(monotonic_nanos());
		auto* bytes = reinterpret_cast<std::byte*>(&shutdown);
		switch (wrong) {
		case 0:
			shutdown.role = 0;
			break;
		case 1:
			shutdown.role = 5;
			break;
		case 2:
			shutdown.endpoint = 0;
			break;
		default:
			bytes[7] = std::byte{1};
		}
		impostor.send(&shutdown, sizeof shutdown);
		CHECK(impostor.refused() == Code::kCorrupt);
		CHECK(writer.log.count(Type::kShutdown) == 0 && reader.log.count(Type::kShutdown) == 0);
		CHECK(writer.endpoint.open_links() == 1);
	}
}

LAW("after a shutdown a writer does not take unread messages for read, and a write is not refused for want of space") {
	Company company;
	auto [writer, reader] = company.pair(true);
	company.settle();
	CHECK(writer.write_many("m", 64) == 64);
	CHECK(!writer.endpoint.want_drained());
	writer.endpoint.cancel_drained();
	reader.endpoint.shutdown();
	company.settle();
	CHECK(!writer.endpoint.want_drained() && writer.endpoint.unread() == 64);
	CHECK(writer.endpoint.want_space(1) && writer.write("n") == Written::kShutDown);
	CHECK(writer.endpoint.try_write_batch(nullptr, nullptr, 0).written == Written::kShutDown);
	CHECK(reader.read_all().size() == 64);
	CHECK(writer.endpoint.want_drained() && writer.endpoint.unread() == 0);
	writer.endpoint.leave();
	CHECK(writer.write("n") == Written::kClosed && writer.endpoint.want_drained());
}
