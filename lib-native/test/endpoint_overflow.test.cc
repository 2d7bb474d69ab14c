// The overflow policies and their events, and the order across lanes.
#include "platform/clock.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

ReaderOptions by_time() {
	ReaderOptions options;
	options.order_by_time = true;
	return options;
}

} // namespace

LAW("drop-newest keeps the oldest messages and counts the dropped ones") {
	Company company(Overflow::kDropNewest);
	TestWriter& writer = company.writer(16);
	CHECK(writer.write_many("m", 20) == 16);
	CHECK(writer.write("over") == Written::kDropped);
	CHECK(writer.endpoint.counts().dropped == 5 && writer.endpoint.counts().messages == 16);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == numbered("m", 0, 16));
	CHECK(reader.log.lost() == 0);
	CHECK(writer.write("fits") == Written::kAccepted);
}

LAW("drop-oldest keeps the newest messages for the first reader") {
	Company company(Overflow::kDropOldest);
	TestWriter& writer = company.writer(16);
	CHECK(writer.write_many("m", 100) == 100);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == numbered("m", 84, 100));
	CHECK(reader.log.lost() == 0); // the reader was not open yet
}

LAW("a reader that drop-oldest has lapped gets the exact loss before the next message") {
	Company company(Overflow::kDropOldest);
	TestWriter& writer = company.writer(16);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write_many("m", 10) == 10);
	CHECK(reader.read(4) == numbered("m", 0, 4));
	CHECK(writer.write_many("n", 100) == 100);
	CHECK(reader.log.lost() == 0);
	const Texts next = reader.read(4);
	const uint64_t lost = reader.log.lost();
	CHECK(reader.log.count(Event::Type::kLost) == 1 && lost == 110 - 4 - 8);
	CHECK(next == numbered("n", 92, 96));
	CHECK(reader.read_all() == numbered("n", 96, 100));
	CHECK(reader.endpoint.counts().lost == lost && reader.endpoint.counts().messages == 12);
}

LAW("messages before a loss are delivered before its event") {
	Company company(Overflow::kDropOldest);
	TestWriter& first = company.writer(16);
	TestWriter& second = company.writer(16);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(first.write("first") == Written::kAccepted);
	CHECK(second.write_many("m", 50) == 50);
	uint64_t delivered = 0;
	for (Texts texts = reader.read(); !texts.empty(); texts = reader.read()) {
		delivered += texts.size();
		if (texts.front() == "first") {
			CHECK(texts.size() == 1 || reader.log.lost() > 0);
		}
	}
	CHECK(delivered + reader.log.lost() == 51);
}

LAW("losses that were not taken yet are one event") {
	Company company(Overflow::kDropOldest);
	TestWriter& writer = company.writer(2);
	TestReader& reader = company.reader();
	company.settle();
	std::byte slab[64];
	Slot slot{};
	uint64_t needed = 0;
	uint64_t delivered = 0;
	for (int i = 0; i < 1000; ++i) {
		CHECK(writer.write_many("m", 5) == 5);
		delivered += reader.endpoint.read_batch(slab, 0, sizeof slab, &slot, 1, needed);
	}
	reader.take_events();
	delivered += reader.read_all().size();
	CHECK(reader.log.lost() + delivered == 5000);
	CHECK(reader.log.count(Event::Type::kLost) <= 2);
}

LAW("latest delivers the newest message only, and counts the skipped ones") {
	for (const bool ordered : {false, true}) {
		Company company(Overflow::kLatest);
		TestWriter& writer = company.writer(16);
		TestReader& reader = company.reader(ordered ? by_time() : ReaderOptions{});
		company.settle();
		CHECK(writer.write_many("m", 100) == 100);
		CHECK(reader.read() == Texts{"m99"});
		CHECK(reader.log.lost() == 99);
		CHECK(reader.read().empty());
		CHECK(writer.write("a") == Written::kAccepted && writer.write("b") == Written::kAccepted);
		CHECK(reader.endpoint.available() == 1);
		CHECK(reader.read() == Texts{"b"});
		CHECK(reader.log.lost() == 100);
	}
}

LAW("latest delivers the newest message of each writer") {
	for (const bool ordered : {false, true}) {
		Company company(Overflow::kLatest);
		TestWriter& one = company.writer(16);
		TestWriter& other = company.writer(16);
		TestReader& reader = company.reader(ordered ? by_time() : ReaderOptions{});
		company.settle();
		CHECK(one.write_many("a", 7) == 7);
		CHECK(other.write_many("b", 9) == 9);
		Texts texts = reader.read_all();
		std::sort(texts.begin(), texts.end());
		CHECK(texts == Texts({"a6", "b8"}));
		CHECK(reader.log.lost() == 6 + 8);
	}
}

LAW("a reader from the newest message of a channel without limit gets no old message") {
	Company company(Overflow::kDropOldest);
	TestWriter& writer = company.writer(16);
	CHECK(writer.write_many("m", 5) == 5);
	ReaderOptions options;
	options.from_newest = true;
	TestReader& reader = company.reader(options);
	company.settle();
	CHECK(reader.read_all().empty());
	CHECK(writer.write("new") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"new"});
}

LAW("by time, messages of many writers arrive in the order in which they were sent") {
	Company company;
	TestWriter* writers[5] = {};
	for (TestWriter*& writer : writers) {
		writer = &company.writer(256);
	}
	TestReader& reader = company.reader(by_time());
	company.settle();
	uint64_t state = law::seed();
	uint64_t sent = 0;
	uint64_t received = 0;
	while (received < 500) {
		for (uint64_t burst = law::next_random(state) % 20; burst > 0 && sent < 500; --burst) {
			CHECK(writers[law::next_random(state) % 5]->write(std::to_string(sent)) == Written::kAccepted);
			sent += 1;
		}
		for (const std::string& text : reader.read(1 + static_cast<uint32_t>(law::next_random(state) % 7))) {
			REQUIRE(text == std::to_string(received));
			received += 1;
		}
	}
}

LAW("by time, a reader that stops in the middle of a batch returns the undelivered messages of each lane") {
	Company company;
	TestWriter& one = company.writer();
	TestWriter& other = company.writer();
	TestReader* reader = &company.reader(by_time());
	company.settle();
	for (int i = 0; i < 10; ++i) {
		CHECK((i % 2 == 0 ? one : other).write(std::to_string(i)) == Written::kAccepted);
	}
	CHECK(reader->read() == numbered("", 0, 10));
	reader->endpoint.commit(5);
	CHECK(one.endpoint.unread() == 2 && other.endpoint.unread() == 3);
	company.dismiss(*reader);
	company.settle();
	reader = &company.reader(by_time());
	company.settle();
	CHECK(reader->read_all() == numbered("", 5, 10));
}

LAW("by time, losses are exact too") {
	Company company(Overflow::kDropOldest);
	TestWriter& one = company.writer(16);
	TestWriter& other = company.writer(16);
	TestReader& reader = company.reader(by_time());
	company.settle();
	uint64_t delivered = 0;
	uint64_t state = law::seed();
	uint64_t written = 0;
	for (int i = 0; i < 200; ++i) {
		written += one.write_many("a", law::next_random(state) % 30);
		written += other.write_many("b", law::next_random(state) % 30);
		delivered += reader.read(1 + static_cast<uint32_t>(law::next_random(state) % 40)).size();
	}
	delivered += reader.read_all().size();
	CHECK(delivered + reader.log.lost() == written);
	CHECK(reader.log.lost() > 0);
}

LAW("one batch holds only a part of a lane, so that its writer can continue, also by time") {
	for (const bool ordered : {false, true}) {
		Company company;
		TestWriter& writer = company.writer(64);
		TestReader& reader = company.reader(ordered ? by_time() : ReaderOptions{});
		company.settle();
		const std::string text(kCapacityMin / 64, 'x');
		uint64_t written = 0;
		while (writer.write(text) == Written::kAccepted) {
			written += 1;
		}
		CHECK(reader.read().size() == written / kBatchBytesPerLaneDivisor);
		CHECK(reader.read_all().size() == written - written / kBatchBytesPerLaneDivisor);
	}
}
