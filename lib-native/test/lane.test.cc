// A lane of a correct writer and a reader that holds back: order, whole messages, and space to the last byte.
#include <algorithm>

#include "test/lane_memory.h"

using namespace ringwire;

namespace {

constexpr uint64_t kCapacity = kCapacityMin;
constexpr uint32_t kLargest = kCapacity / 2;

struct Pair {
	explicit Pair(uint32_t depth)
		: memory(small_geometry(depth)), writer(memory.bytes(), memory.geometry(), 7, CopyKind::kOrdered),
		  reader(memory.bytes(), memory.geometry(), 0, true) {}
	LaneMemory memory;
	LaneWriter writer;
	LaneReader reader;

	[[nodiscard]] bool write_and_read(uint32_t length) {
		write(writer, length);
		return reads_whole(reader);
	}
};

} // namespace

LAW("messages are read in order and whole, and then the lane is empty") {
	Pair lane(16);
	const uint32_t lengths[] = {1, 7, 8, 9, 0, 4096, 3, kLargest};
	for (const uint32_t length : lengths) {
		write(lane.writer, length);
	}
	for (size_t i = 0; i < std::size(lengths); ++i) {
		CHECK(reads_whole(lane.reader));
	}
	bool whole = false;
	CHECK(read_next(lane.reader, whole) == ReadOutcome::kEmpty);
}

LAW("a message in two pieces is read as one, wherever it is divided") {
	Pair lane(16);
	for (uint32_t length = 0; length < 100; ++length) {
		for (uint32_t head = 0; head <= length; ++head) {
			const uint64_t sequence = lane.writer.next();
			const std::vector<std::byte> message = message_of(sequence, length);
			// Exactly as long as their memory, so that AddressSanitizer detects a byte too many.
			const std::vector<std::byte> first(message.begin(), message.begin() + head);
			const std::vector<std::byte> second(message.begin() + head, message.end());
			lane.writer.put({first.data(), head, second.data(), length - head}, 1000 + sequence);
			lane.writer.publish();
			REQUIRE(reads_whole(lane.reader));
		}
	}
}

LAW("a message that is put but not published is not visible, and a batch is published in parts while it is put") {
	Pair lane(1024);
	bool whole = false;
	put(lane.writer, 10);
	CHECK(read_next(lane.reader, whole) == ReadOutcome::kEmpty);
	lane.writer.publish();
	CHECK(reads_whole(lane.reader));
	for (uint32_t i = 0; i < kPublishEvery; ++i) {
		put(lane.writer, 10);
	}
	CHECK(lane.writer.published() == 1 + kPublishEvery);
	CHECK(lane.reader.refresh() && lane.reader.published() == 1 + kPublishEvery);
}

LAW("a message that does not fit before the end starts at 0, and the gap is skipped") {
	Pair lane(16);
	REQUIRE(lane.write_and_read(kLargest));
	REQUIRE(lane.write_and_read(kLargest - 8));
	write(lane.writer, 9);
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	CHECK(message.position == kCapacity);
	CHECK(reads_whole(lane.reader));
	CHECK(lane.write_and_read(100));
}

LAW("a message that just fits before the end leaves no gap") {
	Pair lane(16);
	REQUIRE(lane.write_and_read(kLargest));
	REQUIRE(lane.write_and_read(kLargest - 8));
	write(lane.writer, 8);
	Message message{};
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	CHECK(message.position == kCapacity - 8);
	CHECK(reads_whole(lane.reader));
	write(lane.writer, 1);
	REQUIRE(lane.reader.locate(message) == ReadOutcome::kMessage);
	CHECK(message.position == kCapacity);
}

LAW("sequences and positions pass the end of the lane many times without an effect") {
	for (const uint32_t depth : {2U, 4U, 64U}) {
		Pair lane(depth);
		uint64_t state = law::seed() + depth;
		for (int i = 0; i < 3000; ++i) {
			REQUIRE(lane.write_and_read(static_cast<uint32_t>(law::next_random(state) % 5000)));
		}
		CHECK(lane.writer.next() == 3000);
	}
}

LAW("messages with the highest sequences and positions are read like the first ones") {
	const LaneMemory memory(small_geometry(4));
	const uint64_t start = kSequenceMax - 3;
	// 100 bytes before the end of the payload, so that a gap follows.
	HandWriter writer(memory, start, (uint64_t{1} << 53) + kCapacity - 104);
	memory.control().published = start;
	LaneReader reader(memory.bytes(), memory.geometry(), start, true);
	for (const uint32_t length : {96U, 1000U, 0U}) {
		writer.put(length);
		CHECK(reads_whole(reader));
	}
	CHECK(reader.next() == kSequenceMax);
}

LAW("a lane is full when its depth of messages is unread, however short they are") {
	Pair lane(8);
	for (int round = 0; round < 3; ++round) {
		for (int i = 0; i < 8; ++i) {
			REQUIRE(lane.writer.fits(lane.reader.next(), 0));
			write(lane.writer, 0);
		}
		CHECK(!lane.writer.fits(lane.reader.next(), 0));
		CHECK(lane.writer.room(lane.reader.next()) == 0);
		CHECK(lane.writer.bytes_since(lane.reader.next()) == 0);
		for (int i = 0; i < 8; ++i) {
			CHECK(reads_whole(lane.reader));
		}
	}
}

LAW("a lane takes messages to its last byte, and not one byte more") {
	Pair lane(16);
	write(lane.writer, kLargest);
	write(lane.writer, kLargest - 8);
	CHECK(lane.writer.room(0) == 8);
	CHECK(lane.writer.fits(0, 8));
	CHECK(!lane.writer.fits(0, 9));
	write(lane.writer, 8);
	CHECK(lane.writer.bytes_since(0) == kCapacity);
	CHECK(lane.writer.fits(0, 0));
	CHECK(!lane.writer.fits(0, 1));
	CHECK(lane.writer.room(0) == 0);
	write(lane.writer, 0);
	for (int i = 0; i < 4; ++i) {
		CHECK(reads_whole(lane.reader));
	}
}

LAW("a message that would need the gap too does not fit, although enough bytes are free") {
	Pair lane(16);
	REQUIRE(lane.write_and_read(kLargest));
	write(lane.writer, kLargest - 64); // 64 bytes before the end, and half of the lane at its beginning
	CHECK(lane.writer.room(1) == kLargest);
	write(lane.writer, kLargest - 8); // starts at 0
	CHECK(lane.writer.room(1) == 8);
	CHECK(!lane.writer.fits(1, 9));
	CHECK(reads_whole(lane.reader));
	CHECK(reads_whole(lane.reader));
}

LAW("an empty lane takes the largest message at every alignment") {
	Pair lane(4);
	for (uint64_t offset = 0; offset < kCapacity; offset += 8) {
		REQUIRE(lane.writer.fits(lane.writer.next(), kLargest));
		REQUIRE(lane.writer.room(lane.writer.next()) == kLargest);
		REQUIRE(lane.write_and_read(8));
	}
	for (int i = 0; i < 300; ++i) {
		REQUIRE(lane.write_and_read(kLargest));
		REQUIRE(lane.write_and_read(static_cast<uint32_t>(8 * i + 1)));
	}
}

LAW("room is exactly the longest message that fits, after any writes and reads") {
	uint64_t state = law::seed();
	for (const uint32_t depth : {2U, 16U, 256U}) {
		Pair lane(depth);
		for (int i = 0; i < 4000; ++i) {
			const uint64_t tail = lane.reader.next();
			const uint64_t room = lane.writer.room(tail);
			for (const uint64_t length : {uint64_t{1}, room, room + 1, law::next_random(state) % (kLargest + 1)}) {
				if (length >= 1 && length <= kLargest) {
					REQUIRE(lane.writer.fits(tail, length) == (length <= room));
				}
			}
			const bool large = law::next_random(state) % 4 == 0;
			const auto length = static_cast<uint32_t>(law::next_random(state) % (large ? kLargest + 1 : 300));
			if (lane.writer.fits(tail, length)) {
				write(lane.writer, length);
			} else {
				for (uint64_t n = 1 + law::next_random(state) % depth; n > 0 && lane.reader.next() < lane.writer.next();
				     --n) {
					REQUIRE(reads_whole(lane.reader));
				}
			}
		}
	}
}

LAW("the tail that a waiting writer announces is the first with room for its message, a quarter of the bytes and half "
    "of the messages") {
	uint64_t state = law::seed();
	for (const uint32_t depth : {2U, 4U, 64U}) {
		Pair lane(depth);
		uint64_t tail = 0;
		uint64_t position = 0; // where the next message may start
		for (int i = 0; i < 3000; ++i) {
			const uint64_t length = law::next_random(state) % (kLargest + 1);
			const uint64_t offset = position % kCapacity;
			const uint64_t gap = offset + length <= kCapacity ? 0 : kCapacity - offset;
			const uint64_t next = lane.writer.next();
			const auto helps = [&](uint64_t at) {
				const uint64_t unread = at == next ? 0 : position - lane.memory.descriptor(at).position;
				return at == next || (depth - (next - at) >= depth / 2 &&
				                      unread + gap + align_payload(length) + kCapacity / 4 <= kCapacity);
			};
			const uint64_t helpful = lane.writer.tail_worth_waking_for(tail, length);
			REQUIRE(helpful >= tail && helpful <= next);
			REQUIRE(lane.writer.fits(helpful, length));
			REQUIRE(helps(helpful));
			REQUIRE(helpful == tail || !helps(helpful - 1));

			const auto filler = static_cast<uint32_t>(law::next_random(state) % (2 * kCapacity / depth) % kLargest);
			if (lane.writer.fits(tail, filler)) {
				write(lane.writer, filler);
				position = align_payload(lane.memory.descriptor(next).position + filler);
			} else {
				tail += 1 + law::next_random(state) % (next - tail);
			}
		}
	}
}

LAW("a waiting writer has an odd epoch, a new one for each wait") {
	Pair lane(4);
	uint64_t sequence = 0;
	CHECK(lane.reader.wanted(sequence) % 2 == 0);
	lane.writer.want(5);
	const uint64_t first = lane.reader.wanted(sequence);
	CHECK(first % 2 == 1 && sequence == 5);
	lane.writer.want(9); // the same sleep
	CHECK(lane.reader.wanted(sequence) == first && sequence == 9);
	lane.writer.unwant();
	CHECK(lane.reader.wanted(sequence) % 2 == 0);
	lane.writer.unwant();
	lane.writer.want(10);
	CHECK(lane.reader.wanted(sequence) == first + 2);
}

LAW("a reader that sees the end sees every message before it") {
	Pair lane(4);
	write(lane.writer, 5);
	CHECK(lane.reader.end() == LaneReader::End::kOpen);
	lane.writer.end();
	CHECK(lane.reader.end() == LaneReader::End::kEnded);
	CHECK(reads_whole(lane.reader));
}
