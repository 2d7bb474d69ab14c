// Messages that are made in the lane: reserve, then commit or abort.
#include "test/lane_memory.h"

using namespace ringwire;

namespace {

constexpr uint32_t kLargest = kCapacityMin / 2;

struct Lane {
	explicit Lane(uint32_t depth = 16, bool holds_back = true)
		: memory(small_geometry(depth)), writer(memory.bytes(), memory.geometry(), 7, CopyKind::kOrdered),
		  reader(memory.bytes(), memory.geometry(), 0, holds_back) {}

	// Makes a message in the lane, at first with `reserved` bytes.
	void make(uint32_t reserved, uint32_t length) {
		const uint64_t sequence = writer.next();
		std::byte* target = writer.reserve(reserved);
		std::memset(target, 0xee, reserved);
		fill_message(target, length, sequence);
		writer.commit(length, 1000 + sequence);
		writer.publish();
	}
	void give_up(uint32_t length) {
		std::memset(writer.reserve(length), 0xee, length);
		writer.abort();
	}

	LaneMemory memory;
	LaneWriter writer;
	LaneReader reader;
};

} // namespace

LAW("a reserved message is invisible until it is committed and published") {
	Lane lane;
	bool whole = false;
	std::byte* target = lane.writer.reserve(100);
	CHECK(lane.writer.has_reserved());
	fill_message(target, 100, 0);
	CHECK(read_next(lane.reader, whole) == ReadOutcome::kEmpty);
	lane.writer.commit(100, 1000);
	CHECK(!lane.writer.has_reserved());
	CHECK(read_next(lane.reader, whole) == ReadOutcome::kEmpty);
	lane.writer.publish();
	CHECK(reads_whole(lane.reader));
}

LAW("a commit may shrink the message, and the next one begins behind its new end") {
	Lane lane;
	lane.make(1000, 10);
	write(lane.writer, 7);
	CHECK(reads_whole(lane.reader));
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	CHECK(message.position == 16);
	CHECK(reads_whole(lane.reader));
	lane.make(kLargest, 0);
	CHECK(reads_whole(lane.reader));
}

LAW("an abort publishes nothing and takes no room, and intent never goes back") {
	Lane lane;
	write(lane.writer, 100);
	lane.give_up(kLargest);
	const uint64_t intent = lane.memory.control().intent.load(std::memory_order_relaxed);
	CHECK(intent == 104 + kLargest);
	CHECK(lane.writer.room(0) == kLargest && lane.writer.bytes_since(0) == 104);
	write(lane.writer, 50);
	CHECK(lane.memory.control().intent.load(std::memory_order_relaxed) == intent);
	CHECK(reads_whole(lane.reader) && reads_whole(lane.reader));
	bool whole = false;
	CHECK(read_next(lane.reader, whole) == ReadOutcome::kEmpty);
}

LAW("the gap before a message that is given up can be used by a shorter one") {
	Lane lane;
	write(lane.writer, kLargest);
	write(lane.writer, kLargest / 2);
	CHECK(reads_whole(lane.reader) && reads_whole(lane.reader));
	lane.give_up(kLargest); // at 0, behind a gap
	write(lane.writer, kLargest / 2);
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	CHECK(message.position == uint64_t{kLargest} + kLargest / 2);
	CHECK(reads_whole(lane.reader));
}

LAW("the oldest intact message is reckoned with the reserved bytes and the descriptor, also after an abort") {
	constexpr uint32_t kDepth = 4;
	Lane lane(kDepth, false);
	for (uint32_t i = 0; i < kDepth; ++i) {
		write(lane.writer, 8);
	}
	CHECK(lane.writer.oldest_intact() == 0);
	lane.give_up(8);
	CHECK(lane.writer.oldest_intact() == 1); // its descriptor is busy
	bool whole = false;
	CHECK(read_next(lane.reader, whole) == ReadOutcome::kLapped);

	Lane wide(16, false);
	for (uint32_t i = 0; i < 4; ++i) {
		write(wide.writer, kLargest / 2);
	}
	CHECK(wide.writer.oldest_intact() == 0);
	wide.give_up(kLargest);
	CHECK(wide.writer.oldest_intact() == 2);
	write(wide.writer, 8);
	CHECK(wide.writer.oldest_intact() == 2);
}

LAW("made, given up and put messages in any order: a reader that holds back gets each whole, others lose whole ones") {
	for (const bool holds_back : {true, false}) {
		Lane lane(16, holds_back);
		uint64_t random = law::seed() + 31;
		uint64_t read = 0;
		for (int step = 0; step < 20'000; ++step) {
			const auto length = static_cast<uint32_t>(law::next_random(random) % (kLargest + 1));
			const uint64_t choice = law::next_random(random) % 4;
			if (choice < 3 && (!holds_back || lane.writer.fits(lane.reader.next(), length))) {
				if (choice == 0) {
					lane.give_up(length);
				} else if (choice == 1) {
					lane.make(length, static_cast<uint32_t>(law::next_random(random) % (length + 1)));
				} else {
					write(lane.writer, length);
				}
				continue;
			}
			bool whole = false;
			switch (read_next(lane.reader, whole)) {
			case ReadOutcome::kMessage:
				CHECK(whole);
				read += 1;
				break;
			case ReadOutcome::kLapped:
				CHECK(!holds_back && lane.reader.skip_lapped() > 0);
				break;
			case ReadOutcome::kEmpty:
				break;
			case ReadOutcome::kCorrupt:
				REQUIRE(false);
			}
		}
		CHECK(read > 100);
	}
}
