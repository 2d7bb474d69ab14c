// Linked peers with corrupt shared words.
#include <atomic>
#include <thread>

#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

// A hostile writer beside an honest one. Its messages before are delivered, then its link is closed.
void check_corrupt(const std::function<void(FakeWriter&)>& change, Overflow overflow = Overflow::kBlock) {
	Company company(overflow);
	TestReader& reader = company.reader();
	FakeWriter hostile(company);
	TestWriter& honest = company.writer();
	company.settle();
	hostile.write("true");
	hostile.write("true too");
	CHECK(honest.write("honest") == Written::kAccepted);
	change(hostile);
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
	CHECK(hostile.impostor.refused() == Code::kCorrupt);
	company.settle();
	CHECK(honest.write("goes on") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"goes on"});
}

} // namespace

LAW("a corrupt lane closes the link of its writer, after the messages before") {
	check_corrupt([](FakeWriter& hostile) { hostile.control().published = 3; });
	check_corrupt([](FakeWriter& hostile) {
		hostile.write("x");
		hostile.descriptor(2).length = UINT32_MAX;
	});
	check_corrupt([](FakeWriter& hostile) {
		hostile.write("x");
		hostile.descriptor(2).position = uint64_t{1} << 40;
	});
	check_corrupt([](FakeWriter& hostile) {
		hostile.write("x");
		hostile.descriptor(2).flags = 1;
	});
	check_corrupt([](FakeWriter& hostile) {
		hostile.write("x");
		hostile.descriptor(2).stamp = kStampBusy;
	});
	check_corrupt([](FakeWriter& hostile) { hostile.control().state = 99; });
	check_corrupt([](FakeWriter& hostile) { hostile.control().published = 3; }, Overflow::kDropOldest);
}

LAW("a published sequence that goes backwards or is too large is corrupt, also while no call reads") {
	for (const uint64_t published : {uint64_t{1}, uint64_t{0}, kSequenceMax + 1, ~uint64_t{0}}) {
		Company company;
		ReaderOptions options;
		options.order_by_time = published % 2 == 0;
		TestReader& reader = company.reader(options);
		FakeWriter hostile(company);
		hostile.write("one");
		hostile.write("two");
		CHECK(reader.read_all() == Texts({"one", "two"}));
		hostile.control().published = published;
		CHECK(reader.endpoint.begin_wait()); // a corrupt word ends the wait
		CHECK(reader.read().empty());
		CHECK(reader.log.departed(Reason::kCorrupt));
		CHECK(reader.log.last(Type::kError)->status.message.find("count of messages") != std::string::npos);
		company.settle();
		CHECK(!reader.endpoint.begin_wait());
	}
}

LAW("a writer that always laps its reader starves no other writer and does not fill the reader's memory") {
	for (const bool by_time : {false, true}) {
		Company company(Overflow::kDropOldest);
		ReaderOptions options;
		options.order_by_time = by_time;
		TestReader& reader = company.reader(options);
		constexpr uint32_t kDepth = 1 << 16; // so deep that the hostile writer is ahead again when a search ends
		FakeWriter hostile(company, kDepth);
		TestWriter& honest = company.writer();
		company.settle();
		for (uint64_t i = 0; i < kDepth; ++i) {
			hostile.descriptor(i).stamp = kStampBusy;
		}
		std::atomic<bool> over{false};
		std::thread ahead([&] {
			for (uint64_t published = kDepth + 1; !over; ++published) {
				hostile.control().published.store(published, std::memory_order_release);
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

LAW("wrong send times do not stop a reader that reads by time") {
	Company company;
	ReaderOptions options;
	options.order_by_time = true;
	TestReader& reader = company.reader(options);
	FakeWriter hostile(company);
	TestWriter& honest = company.writer();
	company.settle();
	hostile.write("future");
	hostile.descriptor(0).send_time = ~uint64_t{0};
	CHECK(honest.write_many("m", 3) == 3);
	CHECK(reader.read() == numbered("m", 0, 3)); // and no message with a later send time yet
	CHECK(reader.read() == Texts{"future"});
	CHECK(reader.log.count(Type::kDisconnect) == 0);
}

LAW("a welcome with an impossible sequence is refused") {
	Company company;
	TestReader& reader = company.reader();
	Impostor impostor(company, Role::kReader);
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	Region memory;
	REQUIRE(memory.create(geometry.lane_bytes()).ok());
	const LaneWriter lane(memory.memory(), geometry, 42, CopyKind::kOrdered);
	impostor.say_hello(impostor.hello());
	WireWelcome welcome;
	std::memset(&welcome, 0, sizeof welcome);
	welcome.type = static_cast<uint8_t>(WireType::kWelcome);
	welcome.start = kSequenceMax + 1;
	impostor.send(&welcome, sizeof welcome, memory.share());
	CHECK(impostor.refused() == Code::kCorrupt);
	CHECK(reader.log.count(Type::kConnect) == 0 && reader.log.count(Type::kDisconnect) == 0);
	CHECK(reader.log.last(Type::kError)->status.code == Code::kCorrupt);
}

LAW("a corrupt cursor closes the link of its reader, which no longer holds the writer back") {
	for (const uint64_t sequence : {uint64_t{0}, uint64_t{21}, ~uint64_t{0}}) {
		Company company;
		TestWriter& writer = company.writer(16);
		CHECK(writer.write_many("m", 4) == 4);
		TestReader& first = company.reader();
		company.settle();
		CHECK(first.read_all().size() == 4);
		FakeReader hostile(company);
		CHECK(hostile.start == 4);
		CHECK(writer.write_many("n", 20) == 16);
		CHECK(first.read_all().size() == 16);
		hostile.cursor->advance(sequence);
		CHECK(writer.write("goes on") == Written::kAccepted);
		CHECK(hostile.impostor.refused() == Code::kCorrupt);
		company.settle();
		CHECK(writer.log.departed(Reason::kCorrupt));
		CHECK(first.read_all() == Texts{"goes on"});
		CHECK(writer.endpoint.open_links() == 1);
	}
}

LAW("a reader whose last cursor value is corrupt departs once") {
	Company company;
	TestWriter& writer = company.writer();
	CHECK(writer.write_many("m", 4) == 4);
	{
		FakeReader hostile(company);
		hostile.cursor->advance(5);
	}
	company.settle();
	CHECK(writer.log.departed(Reason::kCorrupt));
	CHECK(writer.endpoint.unread() == 4);
}

LAW("a link is closed when its reader refuses it after it was open") {
	Company company;
	TestWriter& writer = company.writer();
	FakeReader peer(company);
	const WireRefuse refuse = make_refuse(Status::failure(Code::kCorrupt, "a corrupt word"));
	peer.impostor.send(&refuse, sizeof refuse);
	CHECK(writer.log.departed(Reason::kCorrupt));
	CHECK(writer.log.last(Type::kError)->status.message.find("a corrupt word") != std::string::npos);
}

LAW("a writer that refuses an open link departs as corrupt, after its messages") {
	Company company;
	TestReader& reader = company.reader();
	FakeWriter peer(company);
	peer.write("a");
	const WireRefuse refuse = make_refuse(Status::failure(Code::kCorrupt, "a corrupt word"));
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
	while (noisy.impostor.socket.send(&ring, 1) == LinkEnd::Sent::kYes) {
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
	CHECK(noisy.impostor.refused() == Code::kOk); // noisy, but not corrupt
}
