// A lane of a reader that does not hold its writer back: no torn message, and every lost message is counted.
#include <array>

#include "test/lane_memory.h"

using namespace ringwire;

namespace {

constexpr uint64_t kCapacity = kCapacityMin;
constexpr uint32_t kLargest = kCapacity / 2;

struct LossyPair {
	explicit LossyPair(uint32_t depth)
		: memory(small_geometry(depth)), writer(memory.bytes(), memory.geometry(), 7, CopyKind::kRacing),
		  reader(memory.bytes(), memory.geometry(), 0, false) {}
	LaneMemory memory;
	LaneWriter writer;
	LaneReader reader;

	void write_many(int count, uint32_t length) {
		for (int i = 0; i < count; ++i) {
			write(writer, length);
		}
	}
};

// Reads to the end and checks every message. Returns their number, and adds the skipped ones to `lost`.
uint64_t drain(LaneReader& reader, uint64_t& lost) {
	uint64_t delivered = 0;
	for (;;) {
		bool whole = false;
		switch (read_next(reader, whole)) {
		case ReadOutcome::kMessage:
			CHECK(whole);
			delivered += 1;
			break;
		case ReadOutcome::kLapped:
			lost += reader.skip_lapped();
			break;
		case ReadOutcome::kEmpty:
			return delivered;
		case ReadOutcome::kCorrupt:
			CHECK(!"a correct writer was found corrupt");
			return delivered;
		}
	}
}

} // namespace

LAW("a lapped reader continues in the middle of the intact messages and returns the number of lost ones") {
	LossyPair lane(16);
	lane.write_many(40, 10); // 24 to 39 are intact
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kLapped);
	CHECK(lane.reader.skip_lapped() == 32);
	CHECK(lane.reader.next() == 32);
	uint64_t lost = 0;
	CHECK(drain(lane.reader, lost) == 8 && lost == 0);
}

LAW("lost messages do not count as unread") {
	LossyPair by_depth(16);
	by_depth.write_many(40, 10);
	REQUIRE(by_depth.reader.refresh());
	CHECK(by_depth.reader.unread() == 16);
	LossyPair by_bytes(1024);
	by_bytes.write_many(64, 4096); // 16 of them fill the lane
	REQUIRE(by_bytes.reader.refresh());
	CHECK(by_bytes.reader.unread() <= 16 && by_bytes.reader.unread() >= 15);
	uint64_t lost = 0;
	(void)drain(by_bytes.reader, lost);
	CHECK(by_bytes.reader.unread() == 0);
}

LAW("a reader that was lapped by bytes also continues in the middle") {
	LossyPair lane(1024);
	lane.write_many(64, 4096); // 16 of them fill the lane
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage); // its descriptor is intact
	std::array<std::byte, 4096> copy{};
	REQUIRE(lane.reader.take(message, copy.data()) == ReadOutcome::kLapped);
	CHECK(lane.reader.next() == 0);
	CHECK(lane.reader.skip_lapped() == 48 + 8);
	uint64_t lost = 0;
	CHECK(drain(lane.reader, lost) == 8 && lost == 0);
}

LAW("a reader that is lapped during a copy discards the copy and returns the number of lost messages") {
	LossyPair lane(64);
	write(lane.writer, 1000);
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	lane.write_many(2, kLargest); // overwrites its bytes
	std::array<std::byte, 1000> copy{};
	REQUIRE(lane.reader.take(message, copy.data()) == ReadOutcome::kLapped);
	// Only the second of the two is intact: the first began behind 1000 bytes, the second at 0.
	CHECK(lane.reader.skip_lapped() == 2);
	CHECK(reads_whole(lane.reader));
}

LAW("a copy is accepted until its first byte may have been overwritten") {
	LossyPair lane(64);
	write(lane.writer, 8);
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	std::array<std::byte, 8> copy{};
	lane.write_many(1, kLargest);
	lane.write_many(1, kLargest - 8); // up to the end, not further
	LaneReader patient = lane.reader;
	REQUIRE(patient.take(message, copy.data()) == ReadOutcome::kMessage);
	CHECK(is_message_of(0, copy.data(), 8));
	lane.write_many(1, 1);
	CHECK(lane.reader.take(message, copy.data()) == ReadOutcome::kLapped);
}

LAW("a message whose descriptor is reused after it was located is still whole") {
	LossyPair lane(4);
	write(lane.writer, 100);
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	lane.write_many(8, 0);
	std::array<std::byte, 100> copy{};
	REQUIRE(lane.reader.take(message, copy.data()) == ReadOutcome::kMessage);
	CHECK(is_message_of(0, copy.data(), 100));
	CHECK(lane.reader.locate(message) == ReadOutcome::kLapped);
}

LAW("messages that are put but not published can lap a reader, and are counted once they are published") {
	LossyPair lane(64);
	lane.write_many(3, 100);
	for (int i = 0; i < 12; ++i) {
		put(lane.writer, kLargest); // 16 at a time would be published
	}
	REQUIRE(lane.writer.published() == 3);
	uint64_t lost = 0;
	CHECK(drain(lane.reader, lost) == 0);
	CHECK(lost == 3 && lane.reader.next() == 3);
	lane.writer.publish();
	const uint64_t delivered = drain(lane.reader, lost);
	CHECK(delivered >= 1 && delivered + lost == 15);
}

LAW("a message in the middle of an overwrite is lost, and the reader does not wait for it") {
	const LaneMemory memory(small_geometry(2));
	HandWriter writer(memory, 0, 0);
	writer.put(10);
	writer.put(10);
	LaneReader reader(memory.bytes(), memory.geometry(), 0, false);
	writer.put(10, PutStep::kBusy);
	Message message{};
	REQUIRE(reader.locate(message) == ReadOutcome::kLapped);
	CHECK(reader.skip_lapped() == 1);
	CHECK(reads_whole(reader));
	CHECK(reader.locate(message) == ReadOutcome::kEmpty);
}

LAW("a lapped reader without an intact message continues at the next published one") {
	LossyPair lane(64);
	lane.write_many(10, 100);
	put(lane.writer, kLargest);
	put(lane.writer, kLargest);
	put(lane.writer, kLargest);
	std::array<std::byte, 100> copy{};
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	REQUIRE(lane.reader.take(message, copy.data()) == ReadOutcome::kLapped);
	CHECK(lane.reader.skip_lapped() == 10);
	CHECK(lane.reader.locate(message) == ReadOutcome::kEmpty);
	lane.writer.publish();
	uint64_t lost = 0;
	const uint64_t delivered = drain(lane.reader, lost);
	CHECK(delivered + lost == 3);
}

LAW("a conflating reader continues at the newest message and returns the number of skipped ones") {
	LossyPair lane(16);
	CHECK(lane.reader.skip_to_newest() == 0);
	lane.write_many(1, 10);
	CHECK(lane.reader.skip_to_newest() == 0);
	CHECK(reads_whole(lane.reader));
	lane.write_many(100, 10);
	CHECK(lane.reader.skip_to_newest() == 99);
	CHECK(reads_whole(lane.reader));
	CHECK(lane.reader.skip_to_newest() == 0);
}

LAW("the oldest intact message is the first that a reader can still take") {
	uint64_t state = law::seed();
	for (const uint32_t depth : {2U, 16U, 1024U}) {
		LossyPair lane(depth);
		CHECK(lane.writer.oldest_intact() == 0);
		for (int i = 0; i < 1500; ++i) {
			write(lane.writer, static_cast<uint32_t>(law::next_random(state) % (kCapacity / 8)));
			const uint64_t oldest = lane.writer.oldest_intact();
			bool whole = false;
			LaneReader at(lane.memory.bytes(), lane.memory.geometry(), oldest, false);
			REQUIRE(read_next(at, whole) == ReadOutcome::kMessage && whole);
			if (oldest > 0) {
				LaneReader before(lane.memory.bytes(), lane.memory.geometry(), oldest - 1, false);
				REQUIRE(read_next(before, whole) == ReadOutcome::kLapped);
			}
		}
	}
}

LAW("delivered and lost add up to published exactly, in every interleaving of writer and reader") {
	uint64_t state = law::seed();
	for (const uint32_t depth : {2U, 4U, 32U, 512U}) {
		LossyPair lane(depth);
		uint64_t delivered = 0;
		uint64_t lost = 0;
		for (int i = 0; i < 400; ++i) {
			const uint64_t burst = law::next_random(state) % 60;
			const bool large = law::next_random(state) % 3 == 0;
			for (uint64_t n = 0; n < burst; ++n) {
				put(lane.writer, static_cast<uint32_t>(law::next_random(state) % (large ? 9000 : 50)));
				if (law::next_random(state) % 4 == 0) {
					lane.writer.publish();
				}
			}
			// Sometimes it is lapped between locate and take.
			for (uint64_t n = law::next_random(state) % 40; n > 0; --n) {
				Message message{};
				const ReadOutcome found = lane.reader.locate(message);
				if (found == ReadOutcome::kLapped) {
					lost += lane.reader.skip_lapped();
				} else if (found == ReadOutcome::kMessage) {
					const uint64_t sequence = lane.reader.next();
					for (uint64_t more = law::next_random(state) % 8; more > 5; --more) {
						write(lane.writer, 9000);
					}
					std::vector<std::byte> copy(message.length);
					if (lane.reader.take(message, copy.data()) == ReadOutcome::kMessage) {
						REQUIRE(is_message_of(sequence, copy.data(), message.length));
						delivered += 1;
					} else {
						lost += lane.reader.skip_lapped();
					}
				} else {
					REQUIRE(found == ReadOutcome::kEmpty);
					break;
				}
			}
		}
		lane.writer.publish();
		delivered += drain(lane.reader, lost);
		CHECK(delivered + lost == lane.writer.published());
		CHECK(delivered > 0 && lost > 0);
	}
}
