// Endpoints that find each other in any order of opening, and refusals.
#include "channel/listing/listing.h"
#include "test/company.h"
#include "test/held_lock.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

bool says(const Event* event, Code code, const char* one, const char* other) {
	return event != nullptr && event->status.code == code && event->status.message.find(one) != std::string::npos &&
	       event->status.message.find(other) != std::string::npos;
}

} // namespace

LAW("writer and reader find and identify each other, in either order of opening") {
	for (const bool writer_first : {true, false}) {
		Company company;
		auto [writer, reader] = company.pair(writer_first);
		company.settle();
		REQUIRE(writer.opened.ok() && reader.opened.ok());
		REQUIRE(writer.log.events.size() == 1 && reader.log.events.size() == 1);
		const Event& to_writer = writer.log.events[0];
		const Event& to_reader = reader.log.events[0];
		CHECK(to_writer.type == Type::kConnect && to_reader.type == Type::kConnect);
		CHECK(to_writer.peer.role == Role::kReader && to_reader.peer.role == Role::kWriter);
		CHECK(to_writer.peer.process == own_credentials().process && to_writer.peer.user == own_user());
		CHECK(to_writer.peer.id != 0 && to_reader.peer.id != 0 && to_writer.peer.id != to_reader.peer.id);
		CHECK(writer.write("hello") == WriterEndpoint::Written::kAccepted);
		CHECK(reader.read_all() == Texts{"hello"});
	}
}

LAW("64 writers and 64 readers that open in any order are all linked, once") {
	Company company;
	std::vector<TestWriter*> writers;
	std::vector<TestReader*> readers;
	uint64_t state = law::seed();
	while (writers.size() < 64 || readers.size() < 64) {
		if (readers.size() == 64 || (writers.size() < 64 && law::next_random(state) % 2 == 0)) {
			writers.push_back(&company.writer());
		} else {
			readers.push_back(&company.reader());
		}
		if (law::next_random(state) % 8 == 0) {
			company.settle(); // the others open at once
		}
	}
	company.settle();
	for (size_t i = 0; i < 64; ++i) {
		CHECK(writers[i]->log.count(Type::kConnect) == 64 && writers[i]->log.events.size() == 64);
		CHECK(readers[i]->log.count(Type::kConnect) == 64 && readers[i]->log.events.size() == 64);
		CHECK(writers[i]->endpoint.open_links() == 64 && readers[i]->endpoint.open_links() == 64);
		CHECK(writers[i]->write(std::to_string(i)) == WriterEndpoint::Written::kAccepted);
	}
	Texts expected = numbered("", 0, 64);
	std::sort(expected.begin(), expected.end());
	for (TestReader* reader : readers) {
		Texts texts = reader->read_all();
		std::sort(texts.begin(), texts.end());
		CHECK(texts == expected);
	}
}

LAW("writers are not linked with writers, nor endpoints of different channels") {
	Company company;
	Contract other = company.contract;
	other.name = "other";
	TestWriter& writer = company.writer();
	TestWriter& second = company.writer();
	TestReader& elsewhere = company.reader(other);
	company.settle();
	CHECK(writer.log.events.empty() && second.log.events.empty() && elsewhere.log.events.empty());
}

LAW("endpoints of both roles find each other while another process holds the lock") {
	for (const bool writer_first : {true, false}) {
		Company company;
		const HeldLock lock(company.contract);
		REQUIRE(lock.held());
		const auto [writer, reader] = company.pair(writer_first);
		REQUIRE(writer.opened.ok() && reader.opened.ok());
		CHECK(writer.write("early") == WriterEndpoint::Written::kAccepted);
		company.settle();
		CHECK(reader.read_all() == Texts{"early"});
		CHECK(writer.log.count(Type::kConnect) == 1 && reader.log.count(Type::kConnect) == 1);
	}
}

LAW("a message that is written during the handshake wakes a reader that sleeps already") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	writer.serve();                                                  // accepts
	writer.serve();                                                  // sends welcome
	reader.serve();                                                  // sends ready
	REQUIRE(reader.log.events.empty() && writer.log.events.empty()); // the link opens with the ring of the writer
	REQUIRE(!reader.endpoint.begin_wait());
	CHECK(writer.write("early") == WriterEndpoint::Written::kAccepted);
	CHECK(!reader.busy());
	company.settle();
	CHECK((reader.wakes & kWakeData) != 0);
	CHECK(reader.read_all() == Texts{"early"});
}

LAW("the messages of a connected writer can be read at once, after its connect event") {
	for (const bool looks_first : {true, false}) {
		Company company;
		auto [writer, reader] = company.pair(looks_first);
		while (writer.endpoint.open_links() == 0) {
			reader.serve();
			writer.serve();
		}
		CHECK(reader.log.count(Type::kConnect) == 0);
		CHECK(writer.write("early") == WriterEndpoint::Written::kAccepted);
		CHECK(!looks_first || reader.endpoint.available() == 1);
		CHECK(reader.read() == Texts{"early"});
		CHECK(reader.log.count(Type::kConnect) == 1 && reader.busy());
		writer.endpoint.shutdown();
		company.settle();
		CHECK(reader.log.count(Type::kShutdown) == 1);
	}
}

LAW("a shutdown that arrives instead of the ring that opens the link takes effect in a read") {
	Company company;
	auto [writer, reader] = company.pair(true);
	while (writer.endpoint.open_links() == 0) {
		reader.serve();
		writer.serve();
	}
	CHECK(writer.write("last words") == WriterEndpoint::Written::kAccepted);
	writer.endpoint.shutdown();
	TestWriter& late = company.writer(); // not accepted yet
	CHECK(reader.read_all() == Texts{"last words"});
	company.settle();
	CHECK(reader.log.count(Type::kShutdown) == 1 && late.log.count(Type::kConnect) <= 1);
}

LAW("another codec or overflow policy is refused on both sides, and both errors name both values") {
	Company company;
	Contract json = company.contract;
	json.codec = "json";
	Contract lossy = company.contract;
	lossy.overflow = Overflow::kDropOldest;
	TestWriter& writer = company.writer();
	TestReader& good = company.reader();
	TestReader& by_codec = company.reader(json);
	company.settle();
	CHECK(says(by_codec.log.last(Type::kError), Code::kMismatch, "json", "bytes"));
	CHECK(says(writer.log.last(Type::kError), Code::kMismatch, "json", "bytes"));
	CHECK(writer.log.count(Type::kError) == 1 && by_codec.log.count(Type::kError) == 1); // and no peer retries
	company.dismiss(by_codec);
	TestWriter& by_overflow = company.writer(lossy);
	company.settle();
	CHECK(says(by_overflow.log.last(Type::kError), Code::kMismatch, "drop-oldest", "block"));
	CHECK(says(good.log.last(Type::kError), Code::kMismatch, "drop-oldest", "block"));

	CHECK(writer.write("ours") == WriterEndpoint::Written::kAccepted);
	(void)by_overflow.write("theirs");
	CHECK(good.read_all() == Texts{"ours"});
	CHECK(by_overflow.endpoint.open_links() == 0 && writer.endpoint.open_links() == 1);
}
