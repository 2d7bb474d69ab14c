// Peers that are linked, and whose shared words turn out to be lies.
#include <atomic>
#include <thread>

#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

// A liar among honest writers: what it said before is delivered, then it is out.
void check_expelled(const std::function<void(FakeWriter&)>& lie, Overflow overflow = Overflow::kBlock) {
	Company company(overflow);
	TestReader& reader = company.reader();
	FakeWriter liar(company);
	TestWriter& honest = company.writer();
	company.settle();
	liar.write("true");
	liar.write("true too");
	CHECK(honest.write("honest") == Written::kAccepted);
	lie(liar);
	Texts texts;
	for (int i = 0; i < 10; ++i) {
		for (const std::string& text : reader.read()) {
			texts.push_back(text);
		}
	}
	std::sort(texts.begin(), texts.end());
	CHECK(texts == Texts({"honest", "true", "true too"}));
	CHECK(reader.log.departed(Reason::kCorrupt));
	CHECK(reader.log.count(Type::kError) == 1 && reader.log.last(Type::kError)->status.code == Code::kCorrupt);
	CHECK(liar.impostor.refused() == Code::kCorrupt);
	company.settle();
	CHECK(honest.write("goes on") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"goes on"});
}

} // namespace

LAW("a lane that contradicts itself costs its writer the link, after what came before") {
	check_expelled([](FakeWriter& liar) { liar.control().published = 3; });
	check_expelled([](FakeWriter& liar) {
		liar.write("x");
		liar.descriptor(2).length = UINT32_MAX;
	});
	check_expelled([](FakeWriter& liar) {
		liar.write("x");
		liar.descriptor(2).position = uint64_t{1} << 40;
	});
	check_expelled([](FakeWriter& liar) {
		liar.write("x");
		liar.descriptor(2).flags = 1;
	});
	check_expelled([](FakeWriter& liar) {
		liar.write("x");
		liar.descriptor(2).stamp = kStampBusy;
	});
	check_expelled([](FakeWriter& liar) { liar.control().state = 99; });
	check_expelled([](FakeWriter& liar) { liar.control().published = 3; }, Overflow::kDropOldest);
}

LAW("a count that goes backwards or beyond all bounds is a lie, also while nobody reads") {
	for (const uint64_t lie : {uint64_t{1}, uint64_t{0}, kSequenceMax + 1, ~uint64_t{0}}) {
		Company company;
		ReaderOptions options;
		options.order_by_time = lie % 2 == 0;
		TestReader& reader = company.reader(options);
		FakeWriter liar(company);
		liar.write("one");
		liar.write("two");
		CHECK(reader.read_all() == Texts({"one", "two"}));
		liar.control().published = lie;
		CHECK(reader.endpoint.begin_wait()); // a lie is something to read
		CHECK(reader.read().empty());
		CHECK(reader.log.departed(Reason::kCorrupt));
		CHECK(reader.log.last(Type::kError)->status.message.find("count of messages") != std::string::npos);
		company.settle();
		CHECK(!reader.endpoint.begin_wait());
	}
}

LAW("a writer that is always ahead of its reader cannot keep it from the others, nor fill its memory") {
	for (const bool by_time : {false, true}) {
		Company company(Overflow::kDropOldest);
		ReaderOptions options;
		options.order_by_time = by_time;
		TestReader& reader = company.reader(options);
		constexpr uint32_t kDepth = 1 << 16; // so long does a search take that the liar is ahead again when it ends
		FakeWriter liar(company, kDepth);
		TestWriter& honest = company.writer();
		company.settle();
		for (uint64_t i = 0; i < kDepth; ++i) {
			liar.descriptor(i).stamp = kStampBusy;
		}
		std::atomic<bool> over{false};
		std::thread ahead([&] {
			for (uint64_t published = kDepth + 1; !over; ++published) {
				liar.control().published.store(published, std::memory_order_release);
			}
		});
		uint64_t received = 0;
		for (int i = 0; i < 200; ++i) {
			CHECK(honest.write("honest") == Written::kAccepted);
			received += reader.read().size();
			received += reader.read().size();
		}
		over = true;
		ahead.join();
		CHECK(received == 200);
		CHECK(reader.log.count(Type::kLost) <= 400 && reader.log.count(Type::kDisconnect) == 0);
	}
}

LAW("times that a writer makes up do not keep a reader that sorts by them from going on") {
	Company company;
	ReaderOptions options;
	options.order_by_time = true;
	TestReader& reader = company.reader(options);
	FakeWriter liar(company);
	TestWriter& honest = company.writer();
	company.settle();
	liar.write("future");
	liar.descriptor(0).send_time = ~uint64_t{0};
	CHECK(honest.write_many("m", 3) == 3);
	CHECK(reader.read() == numbered("m", 0, 3)); // and not yet what seems to be sent later
	CHECK(reader.read() == Texts{"future"});
	CHECK(reader.log.count(Type::kDisconnect) == 0);
}

LAW("a welcome to a place that cannot be is refused") {
	Company company;
	TestReader& reader = company.reader();
	Impostor impostor(company, Role::kReader);
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	Region memory;
	REQUIRE(memory.create(geometry.lane_bytes()).ok());
	const LaneWriter lane(memory.memory(), geometry, 42, CopyKind::kOrdered);
	impostor.say_hello(impostor.hello(), memory);
	WireWelcome welcome;
	std::memset(&welcome, 0, sizeof welcome);
	welcome.type = static_cast<uint8_t>(WireType::kWelcome);
	welcome.start = kSequenceMax + 1;
	impostor.send(&welcome, sizeof welcome);
	CHECK(impostor.refused() == Code::kCorrupt);
	CHECK(reader.log.count(Type::kConnect) == 0 && reader.log.count(Type::kDisconnect) == 0);
	CHECK(reader.log.last(Type::kError)->status.code == Code::kCorrupt);
}

LAW("a cursor that lies costs its reader the link, and holds nobody back any more") {
	for (const uint64_t lie : {uint64_t{0}, uint64_t{21}, ~uint64_t{0}}) {
		Company company;
		TestWriter& writer = company.writer(16);
		CHECK(writer.write_many("m", 4) == 4);
		TestReader& first = company.reader();
		company.settle();
		CHECK(first.read_all().size() == 4);
		FakeReader liar(company);
		CHECK(liar.start == 4);
		CHECK(writer.write_many("n", 20) == 16);
		CHECK(first.read_all().size() == 16);
		liar.cursor->advance(lie);
		CHECK(writer.write("goes on") == Written::kAccepted);
		CHECK(liar.impostor.refused() == Code::kCorrupt);
		company.settle();
		CHECK(writer.log.departed(Reason::kCorrupt));
		CHECK(first.read_all() == Texts{"goes on"});
		CHECK(writer.endpoint.open_links() == 1);
	}
}

LAW("a reader whose last word is a lie departs once") {
	Company company;
	TestWriter& writer = company.writer();
	CHECK(writer.write_many("m", 4) == 4);
	{
		FakeReader liar(company);
		liar.cursor->advance(5);
	}
	company.settle();
	CHECK(writer.log.departed(Reason::kCorrupt));
	CHECK(writer.endpoint.unread() == 4);
}

LAW("a reader that refuses an open link is done with") {
	Company company;
	TestWriter& writer = company.writer();
	FakeReader peer(company);
	const WireRefuse refuse = make_refuse(Status::failure(Code::kCorrupt, "you lied"));
	peer.impostor.send(&refuse, sizeof refuse);
	CHECK(writer.log.departed(Reason::kCorrupt));
	CHECK(writer.log.last(Type::kError)->status.message.find("you lied") != std::string::npos);
}

LAW("a writer that refuses an open link departs as one that lied, after what it had written") {
	Company company;
	TestReader& reader = company.reader();
	FakeWriter peer(company);
	peer.write("a");
	const WireRefuse refuse = make_refuse(Status::failure(Code::kCorrupt, "you lied"));
	peer.impostor.send(&refuse, sizeof refuse);
	CHECK(reader.log.count(Type::kDisconnect) == 0);
	CHECK(reader.read_all() == Texts{"a"});
	CHECK(reader.log.departed(Reason::kCorrupt));
}

LAW("a peer that rings without end costs a bounded time in each round") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	FakeReader noisy(company);
	const auto ring = static_cast<uint8_t>(WireType::kRing);
	int queued = 0;
	while (noisy.impostor.socket.send(&ring, 1) == LinkSocket::Sent::kYes) {
		queued += 1;
	}
	CHECK(queued > 10 * kLinkMessagesPerTurn);
	for (int rounds = 0; rounds < 3; ++rounds) {
		writer.serve();
	}
	CHECK(writer.busy());
	CHECK(writer.write("m") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"m"});
	company.settle();
	CHECK(noisy.impostor.refused() == Code::kOk); // it is a nuisance, not a lie
}
