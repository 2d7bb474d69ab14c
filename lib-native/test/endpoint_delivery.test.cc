// The delivery of a lane with a limit: all messages from the first sequence of a reader on, and the readers that hold the writer back.
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

constexpr uint64_t kMessageMax = kCapacityMin / 2;

ReaderOptions from_newest() {
	ReaderOptions options;
	options.from_newest = true;
	return options;
}

ReaderOptions lossy() {
	ReaderOptions options;
	options.lossy = true;
	return options;
}

} // namespace

LAW("the first reader gets every message that was written before") {
	Company company;
	TestWriter& writer = company.writer();
	CHECK(writer.write_many("m", 50) == 50);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write_many("n", 10) == 10);
	Texts expected = numbered("m", 0, 50);
	for (const std::string& text : numbered("n", 0, 10)) {
		expected.push_back(text);
	}
	CHECK(reader.read_all() == expected);
}

LAW("a later reader starts at the first unread message of the slowest reader, or at the newest, as its options state") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& first = company.reader();
	company.settle();
	CHECK(writer.write_many("m", 20) == 20);
	CHECK(first.read(5).size() == 5);
	CHECK(first.read(5).size() == 5); // the first five are delivered now
	TestReader& oldest = company.reader();
	TestReader& newest = company.reader(from_newest());
	company.settle();
	CHECK(writer.write("new") == Written::kAccepted);
	Texts expected = numbered("m", 5, 20);
	expected.emplace_back("new");
	CHECK(oldest.read_all() == expected);
	CHECK(newest.read_all() == Texts{"new"});
}

LAW("a full lane accepts nothing until the slowest holding reader has read") {
	Company company;
	TestWriter& writer = company.writer(16);
	TestReader& fast = company.reader();
	TestReader& slow = company.reader();
	company.settle();
	CHECK(writer.write_many("m", 16) == 16);
	CHECK(writer.write("over") == Written::kFull);
	CHECK(writer.endpoint.room() == 0 && writer.endpoint.unread() == 16);
	CHECK(fast.read_all().size() == 16);
	CHECK(writer.write("over") == Written::kFull);
	CHECK(slow.read(1).size() == 1);
	CHECK(writer.write("over") == Written::kFull); // a message that is read is not delivered yet
	slow.endpoint.commit(1);
	CHECK(writer.endpoint.unread() == 15);
	CHECK(writer.write("fits") == Written::kAccepted);
	CHECK(writer.write("over") == Written::kFull);
	CHECK(fast.read_all() == Texts{"fits"});
}

LAW("a reader that does not hold back is lapped, gets a lost event, and blocks no writer") {
	Company company;
	TestWriter& writer = company.writer(16);
	TestReader& holder = company.reader();
	TestReader& lapped = company.reader(lossy());
	company.settle();
	uint64_t received = 0;
	for (int round = 0; round < 10; ++round) {
		CHECK(writer.write_many("m", 16) == 16);
		received += holder.read_all().size();
	}
	CHECK(received == 160 && holder.log.lost() == 0);
	const Texts rest = lapped.read_all();
	CHECK(!rest.empty() && rest.back() == "m15");
	CHECK(lapped.log.lost() + rest.size() == 160);
	CHECK(lapped.log.count(Event::Type::kLost) == 1);
}

LAW("messages that only lossy readers have read are kept for the first reader that holds back") {
	Company company;
	TestWriter& writer = company.writer(16);
	TestReader& passing = company.reader(lossy());
	company.settle();
	CHECK(writer.write_many("m", 20) == 16);
	CHECK(passing.read_all().size() == 16);
	CHECK(writer.write("over") == Written::kFull);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == numbered("m", 0, 16));
	CHECK(writer.write("fits") == Written::kAccepted);
}

LAW("messages of no bytes and of messageMax arrive, a longer one is refused and the writer continues") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	const std::string largest(kMessageMax, 'x');
	CHECK(writer.write(largest + "y") == Written::kTooLarge);
	CHECK(writer.write("") == Written::kAccepted);
	CHECK(writer.write(largest) == Written::kAccepted);
	CHECK(writer.write("") == Written::kAccepted);
	CHECK(reader.read_all() == Texts({"", largest, ""}));
	CHECK(writer.write(largest) == Written::kAccepted);
	CHECK(writer.endpoint.counts().messages == 4 && reader.endpoint.counts().messages == 3);
}

LAW("a message that does not fit the slab reports the bytes that it needs, and stays unread") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write(std::string(1000, 'x')) == Written::kAccepted);
	std::byte slab[1000];
	Slot slots[4];
	uint64_t needed = 0;
	CHECK(reader.endpoint.read_batch(slab, 0, 999, slots, 4, needed) == 0 && needed == 1000);
	CHECK(reader.endpoint.read_batch(slab, 8, 1000, slots, 4, needed) == 0 && needed == 1000);
	CHECK(reader.endpoint.read_batch(slab, 0, 1000, slots, 4, needed) == 1 && needed == 0);
	CHECK(slots[0].begin == 0 && slots[0].end == 1000 && slab[999] == std::byte{'x'});
}

LAW("the bytes between two messages of a batch are 0, also behind the last one as far as the slab has room") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	for (const char* message : {"a", "bcdefghi", "jklmnop", "", "qr"}) {
		CHECK(writer.write(message) == Written::kAccepted);
	}
	constexpr size_t kSize = 28; // the gap behind the last one is cut
	std::string slab(kSize + 8, '#');
	Slot slots[5];
	uint64_t needed = 0;
	CHECK(reader.endpoint.read_batch(reinterpret_cast<std::byte*>(slab.data()), 0, kSize, slots, 5, needed) == 5);
	CHECK(slots[3].begin == 24 && slots[3].end == 24 && slots[4].begin == 24 && slots[4].end == 26);
	const std::string gap(8, '\0');
	CHECK(slab == "a" + gap.substr(1) + "bcdefghi" + "jklmnop" + gap.substr(7) + "qr" + gap.substr(6) + "########");
}

LAW("a batch knows whether all its messages have the same length") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	std::byte slab[256];
	Slot slots[4];
	uint64_t needed = 0;
	const auto has_same_lengths = [&](const Texts& texts) {
		for (const std::string& text : texts) {
			CHECK(writer.write(text) == Written::kAccepted);
		}
		CHECK(reader.endpoint.read_batch(slab, 0, sizeof slab, slots, 4, needed) == texts.size());
		return reader.endpoint.has_same_lengths();
	};
	CHECK(has_same_lengths({"ab", "cd", "ef"}));
	CHECK(!has_same_lengths({"ab", "c", "ef"}));
	CHECK(!has_same_lengths({"", "a"}));
	CHECK(!has_same_lengths({"ab", "cd", "ef", "g"}));
	CHECK(has_same_lengths({"", ""}));
	CHECK(has_same_lengths({"g"}));
}

LAW("only the committed part of a batch is delivered, and the next reader gets the rest") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& first = company.reader();
	company.settle();
	CHECK(writer.write_many("m", 10) == 10);
	CHECK(first.read(6).size() == 6);
	first.endpoint.commit(2);
	CHECK(writer.endpoint.unread() == 8);
	first.endpoint.commit(4);
	CHECK(writer.endpoint.unread() == 6);
	company.dismiss(first);
	company.settle();
	TestReader& second = company.reader();
	company.settle();
	CHECK(second.read_all() == numbered("m", 4, 10));
}

LAW("after the only reader has left, the lane is kept from its sequence on") {
	Company company;
	TestWriter& writer = company.writer(16);
	TestReader* reader = &company.reader();
	company.settle();
	CHECK(writer.write_many("m", 16) == 16);
	CHECK(reader->read(10).size() == 10);
	reader->endpoint.commit(10);
	company.dismiss(*reader);
	company.settle();
	CHECK(writer.log.departed(Event::Reason::kClosed));
	CHECK(writer.write_many("n", 20) == 10);
	reader = &company.reader();
	company.settle();
	Texts expected = numbered("m", 10, 16);
	for (const std::string& text : numbered("n", 0, 10)) {
		expected.push_back(text);
	}
	CHECK(reader->read_all() == expected);
}

LAW("a reader that never finished its handshake has read no message") {
	Company company;
	TestWriter& writer = company.writer(16);
	CHECK(writer.write_many("m", 10) == 10);
	{
		TestReader passing(company.contract, from_newest());
		company.settle(); // the writer sends its welcome, at message 10
		CHECK(writer.endpoint.unread() == 10);
	}
	company.settle();
	CHECK(writer.endpoint.unread() == 10);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == numbered("m", 0, 10));
}

LAW("a batch is written whole, or as far as there is space") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropNewest}) {
		Company company(overflow);
		TestWriter& writer = company.writer(16);
		TestReader& reader = company.reader();
		company.settle();
		const std::vector<std::byte> slab(400, std::byte{'x'});
		std::vector<uint32_t> ends;
		for (uint32_t i = 0; i < 40; ++i) {
			ends.push_back((i + 1) * 10);
		}
		CHECK(writer.endpoint.try_write_batch(slab.data(), ends.data(), 10).accepted == 10);
		CHECK(writer.endpoint.try_write_batch(slab.data(), ends.data(), 40).accepted == 6);
		CHECK(writer.endpoint.counts().messages == 16);
		CHECK(writer.endpoint.counts().bytes == 160);
		CHECK(writer.endpoint.counts().dropped == (overflow == Overflow::kBlock ? 0 : 34));
		const Texts texts = reader.read_all();
		CHECK(texts.size() == 16 && texts.back() == std::string(10, 'x'));
		CHECK(writer.endpoint.try_write_batch(slab.data(), ends.data(), 0).accepted == 0);
	}
}

LAW("each of many busy lanes has the same share of a batch") {
	for (uint32_t lanes = 1; lanes <= 8; ++lanes) {
		Company company;
		std::vector<TestWriter*> writers;
		for (uint32_t i = 0; i < lanes; ++i) {
			writers.push_back(&company.writer(256));
		}
		TestReader& reader = company.reader();
		company.settle();
		for (uint32_t i = 0; i < lanes; ++i) {
			CHECK(writers[i]->write_many(std::to_string(i) + ":", 100) == 100);
		}
		for (int batch = 0; batch < 20; ++batch) {
			std::vector<uint32_t> parts(lanes);
			for (const std::string& text : reader.read(5 * lanes)) {
				parts[static_cast<size_t>(text[0] - '0')] += 1;
			}
			CHECK(parts == std::vector<uint32_t>(lanes, 5));
		}
	}
}

LAW("a busy lane does not starve the others") {
	Company company;
	std::vector<TestWriter*> writers;
	for (int i = 0; i < 5; ++i) {
		writers.push_back(&company.writer(1024));
	}
	TestReader& reader = company.reader();
	company.settle();
	for (TestWriter* writer : writers) {
		CHECK(writer->write_many("busy ", 500) == 500);
	}
	CHECK(writers[3]->write("rare") == Written::kAccepted);
	// The rare message has 500 messages before it in its own lane, which are delivered at the pace of the others.
	uint64_t read = 0;
	bool seen = false;
	while (!seen) {
		const Texts texts = reader.read(100);
		REQUIRE(!texts.empty());
		read += texts.size();
		seen = std::find(texts.begin(), texts.end(), "rare") != texts.end();
		CHECK(writers[0]->write_many("more ", 20) == 20);
	}
	CHECK(read <= 5 * 501 + 100);
}

LAW("a message in two pieces arrives as one, and the sum of their lengths counts") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	const std::string text(kMessageMax, 'x');
	const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
	const auto* body = reinterpret_cast<const std::byte*>("body");
	CHECK(writer.endpoint.try_write({bytes, 8, body, 4}) == Written::kAccepted);
	CHECK(writer.endpoint.try_write({bytes, 0, body, 4}) == Written::kAccepted);
	CHECK(writer.endpoint.try_write({bytes, kMessageMax - 4, body, 4}) == Written::kAccepted);
	CHECK(writer.endpoint.try_write({bytes, kMessageMax - 3, body, 4}) == Written::kTooLarge);
	CHECK(writer.endpoint.try_write({bytes, kMessageMax - 20, body, 4}) == Written::kFull);
	CHECK(writer.endpoint.counts().messages == 3 && writer.endpoint.counts().bytes == 16 + kMessageMax);
	const Texts expected{"xxxxxxxxbody", "body", text.substr(4) + "body"};
	CHECK(reader.read_all() == expected);
}
