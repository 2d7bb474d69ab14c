// A writer that dies in the middle of a message, and corrupt lanes: no wrong message is delivered, and no value of a word makes
// a reader access other memory or loop for ever.
#include <array>
#include <functional>

#include "test/lane_memory.h"

using namespace ringwire;

namespace {

constexpr uint64_t kCapacity = kCapacityMin;
constexpr int64_t kKilledInPut = static_cast<int64_t>(PutStep::kStamp);

// Publishes two messages, reads the first, changes the lane, and returns the outcome of the next read.
ReadOutcome outcome_after(bool holds_back, const std::function<void(const LaneMemory&)>& change) {
	const LaneMemory memory(small_geometry(8));
	HandWriter writer(memory, 0, 0);
	writer.put(100);
	writer.put(200);
	LaneReader reader(memory.bytes(), memory.geometry(), 0, holds_back);
	bool whole = false;
	if (read_next(reader, whole) != ReadOutcome::kMessage || !whole) {
		return ReadOutcome::kEmpty;
	}
	change(memory);
	return read_next(reader, whole);
}

void check_corrupt(const std::function<void(const LaneMemory&)>& change) {
	CHECK(outcome_after(true, change) == ReadOutcome::kCorrupt);
	CHECK(outcome_after(false, change) == ReadOutcome::kCorrupt);
}

LaneGeometry inspected(const std::function<void(LaneHeader&)>& change, bool& accepted, int64_t bytes_more = 0) {
	const LaneGeometry geometry = small_geometry(8);
	const LaneMemory memory(geometry);
	const LaneWriter writer(memory.bytes(), geometry, 7, CopyKind::kOrdered);
	change(memory.control().header);
	LaneGeometry found;
	accepted = LaneReader::inspect(memory.bytes(), geometry.lane_bytes() + static_cast<uint64_t>(bytes_more), found);
	return found;
}

bool refused(const std::function<void(LaneHeader&)>& change, int64_t bytes_more = 0) {
	bool accepted = false;
	(void)inspected(change, accepted, bytes_more);
	return !accepted;
}

} // namespace

LAW("the steps of the manual writer leave the same bytes as LaneWriter") {
	const LaneGeometry geometry = small_geometry(8);
	const LaneMemory theirs(geometry);
	const LaneMemory ours(geometry);
	LaneWriter writer(theirs.bytes(), geometry, 7, CopyKind::kOrdered);
	HandWriter hand(ours, 0, 0);
	uint64_t state = law::seed();
	for (int i = 0; i < 100; ++i) {
		const auto length = static_cast<uint32_t>(law::next_random(state) % (kCapacity / 2 + 1));
		write(writer, length);
		hand.put(length);
	}
	const size_t header = sizeof(LaneHeader);
	CHECK(std::memcmp(theirs.bytes() + header, ours.bytes() + header, geometry.lane_bytes() - header) == 0);
}

LAW("a writer killed at any step of a message leaves the messages before it visible, and nothing of that one") {
	for (int64_t step = 0; step <= kKilledInPut; ++step) {
		for (const bool holds_back : {true, false}) {
			const LaneMemory memory(small_geometry(8));
			HandWriter writer(memory, 0, 0);
			writer.put(100);
			writer.put(3000);
			writer.put(500, static_cast<PutStep>(step));
			LaneReader reader(memory.bytes(), memory.geometry(), 0, holds_back);
			CHECK(reads_whole(reader));
			CHECK(reads_whole(reader));
			bool whole = false;
			CHECK(read_next(reader, whole) == ReadOutcome::kEmpty);
		}
	}
}

LAW("a writer killed while it overwrites leaves the untouched messages, and the others are counted as lost") {
	for (int64_t step = 0; step <= kKilledInPut; ++step) {
		const LaneMemory memory(small_geometry(4));
		HandWriter writer(memory, 0, 0);
		for (int i = 0; i < 6; ++i) {
			writer.put(1000); // 2 to 5 are intact
		}
		writer.put(1000, static_cast<PutStep>(step)); // reuses the descriptor of 2
		LaneReader reader(memory.bytes(), memory.geometry(), 2, false);
		uint64_t lost = 0;
		uint64_t delivered = 0;
		bool whole = false;
		for (ReadOutcome outcome = read_next(reader, whole); outcome != ReadOutcome::kEmpty;
		     outcome = read_next(reader, whole)) {
			REQUIRE(outcome == ReadOutcome::kLapped || whole);
			delivered += whole ? 1 : 0;
			lost += whole ? 0 : reader.skip_lapped();
		}
		CHECK(delivered + lost == 4);
		CHECK((lost == 0) == (static_cast<PutStep>(step) < PutStep::kBusy));
	}
}

LAW("a length that is too long or passes the end of the payload is corrupt") {
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).length = kCapacity / 2 + 1; });
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).length = UINT32_MAX; });
	check_corrupt([](const LaneMemory& memory) {
		memory.control().intent = kCapacity;
		memory.descriptor(1).position = kCapacity - 8;
		memory.descriptor(1).length = 9;
	});
}

LAW("a position that is not aligned or past the intent is corrupt") {
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).position = 105; });
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).position = kCapacity / 2; });
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).position = uint64_t{1} << 60; });
	check_corrupt([](const LaneMemory& memory) { memory.control().intent = 8; });
	// Position plus length overflows to 0.
	check_corrupt([](const LaneMemory& memory) {
		memory.descriptor(1).position = ~uint64_t{0} - 199;
		memory.descriptor(1).length = 200;
	});
}

LAW("a descriptor with any flag that was not negotiated is corrupt") {
	for (uint32_t bit = 0; bit < 32; ++bit) {
		check_corrupt([bit](const LaneMemory& memory) { memory.descriptor(1).flags = 1U << bit; });
	}
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).flags = UINT32_MAX; });
}

LAW("a published sequence that goes backwards or is too large is corrupt") {
	const auto refreshes = [](uint64_t published) {
		const LaneMemory memory(small_geometry(8));
		HandWriter writer(memory, 0, 0);
		writer.put(1);
		writer.put(1);
		LaneReader reader(memory.bytes(), memory.geometry(), 0, true);
		CHECK(reader.refresh());
		memory.control().published = published;
		return reader.refresh();
	};
	CHECK(refreshes(2));
	CHECK(!refreshes(1));
	CHECK(!refreshes(0));
	CHECK(!refreshes(kSequenceMax + 1));
	CHECK(!refreshes(~uint64_t{0}));
}

LAW("a published message that was never written is corrupt") {
	check_corrupt([](const LaneMemory& memory) {
		memory.control().published = 3;
		memory.descriptor(1).stamp = 0;
	});
	check_corrupt([](const LaneMemory& memory) { memory.descriptor(1).stamp = 1; }); // of an older message
}

LAW("any wrong stamp is corrupt for a reader that holds back") {
	for (const uint64_t stamp : {uint64_t{0}, uint64_t{1}, uint64_t{10}, uint64_t{1} << 60, kStampBusy}) {
		CHECK(outcome_after(true, [stamp](const LaneMemory& memory) { memory.descriptor(1).stamp = stamp; }) ==
		      ReadOutcome::kCorrupt);
	}
}

LAW("an unread message that is overwritten is corrupt for a reader that holds back") {
	const LaneMemory memory(small_geometry(8));
	LaneWriter writer(memory.bytes(), memory.geometry(), 7, CopyKind::kOrdered);
	LaneReader reader(memory.bytes(), memory.geometry(), 0, true);
	write(writer, 100);
	Message message{};
	REQUIRE(reader.locate(message) == ReadOutcome::kMessage);
	write(writer, kCapacity / 2);
	write(writer, kCapacity / 2);
	std::array<std::byte, 100> copy{};
	CHECK(reader.take(message, copy.data()) == ReadOutcome::kCorrupt);
}

LAW("stamps that stay busy or are too high cost a lossy reader messages, but never a wait") {
	for (const uint64_t stamp : {kStampBusy, uint64_t{1} << 60}) {
		const LaneMemory memory(small_geometry(8));
		HandWriter writer(memory, 0, 0);
		for (int i = 0; i < 8; ++i) {
			writer.put(10);
			memory.descriptor(static_cast<uint64_t>(i)).stamp = stamp;
		}
		LaneReader reader(memory.bytes(), memory.geometry(), 0, false);
		bool whole = false;
		REQUIRE(read_next(reader, whole) == ReadOutcome::kLapped);
		CHECK(reader.skip_lapped() == 8);
		CHECK(read_next(reader, whole) == ReadOutcome::kEmpty);
	}
}

LAW("a reader of random words stays inside of the lane and never loops for ever") {
	uint64_t state = law::seed();
	std::vector<std::byte> target(kCapacity);
	for (int round = 0; round < 3000; ++round) {
		const LaneMemory memory(small_geometry(8));
		HandWriter writer(memory, 0, 0);
		for (int i = 0; i < 8; ++i) {
			writer.put(3000);
		}
		const bool holds_back = round % 2 == 0;
		LaneReader reader(memory.bytes(), memory.geometry(), law::next_random(state) % 9, holds_back);
		for (int i = 0; i < 12; ++i) {
			// Small numbers are more effective than uniform ones. A word may change between two steps.
			const uint64_t shift = law::next_random(state) % 64;
			const uint64_t value = law::next_random(state) >> shift;
			Descriptor& descriptor = memory.descriptor(law::next_random(state));
			SharedU64* const words[] = {&memory.control().published, &memory.control().intent, &descriptor.stamp,
			                            &descriptor.position};
			switch (law::next_random(state) % 8) {
			case 0:
				descriptor.flags = static_cast<uint32_t>(value);
				break;
			case 1:
			case 2:
			case 3:
				descriptor.length = static_cast<uint32_t>(value);
				break;
			default:
				*words[law::next_random(state) % 4] = value;
			}
			Message message{};
			const ReadOutcome found = reader.locate(message);
			if (found == ReadOutcome::kCorrupt) {
				break;
			}
			if (found == ReadOutcome::kLapped) {
				const uint64_t before = reader.next();
				REQUIRE(reader.skip_lapped() == reader.next() - before && reader.next() > before);
			} else if (found == ReadOutcome::kMessage) {
				REQUIRE(message.length <= kCapacity / 2);
				const ReadOutcome taken = reader.take(message, target.data());
				REQUIRE(taken == (holds_back ? ReadOutcome::kCorrupt : ReadOutcome::kLapped) ||
				        taken == ReadOutcome::kMessage);
			}
		}
	}
}

LAW("an unknown lane state is corrupt") {
	const LaneMemory memory(small_geometry(8));
	const LaneReader reader(memory.bytes(), memory.geometry(), 0, true);
	CHECK(reader.end() == LaneReader::End::kOpen);
	for (const uint32_t state : {2U, 77U, UINT32_MAX}) {
		memory.control().state = state;
		CHECK(reader.end() == LaneReader::End::kCorrupt);
	}
}

LAW("a lane is accepted with a valid header only") {
	bool accepted = false;
	const LaneGeometry found = inspected([](LaneHeader&) {}, accepted);
	CHECK(accepted);
	CHECK(found.capacity == kCapacity && found.depth == 8 && found.message_max == kCapacity / 2);

	CHECK(refused([](LaneHeader& header) { header.magic += 1; }));
	CHECK(refused([](LaneHeader& header) { header.version += 1; }));
	for (const uint32_t depth : {0U, 1U, 6U, 128U, 1U << 21, 1U << 31, UINT32_MAX}) {
		CHECK(refused([depth](LaneHeader& header) { header.depth = depth; }));
	}
	for (const uint64_t capacity : {uint64_t{0}, kCapacity / 2, kCapacity + 1, 2 * kCapacity, uint64_t{1} << 31,
	                                uint64_t{1} << 63, ~uint64_t{0}}) {
		CHECK(refused([capacity](LaneHeader& header) { header.capacity = capacity; }));
	}
	for (const uint64_t message_max : {uint64_t{0}, kCapacity / 2 + 1, ~uint64_t{0}}) {
		CHECK(refused([message_max](LaneHeader& header) { header.message_max = message_max; }));
	}
	CHECK(refused([](LaneHeader&) {}, -1));
	CHECK(refused([](LaneHeader&) {}, -4096));
	CHECK(refused([](LaneHeader&) {}, 1));
	CHECK(refused([](LaneHeader&) {}, 4096));
	LaneGeometry nothing;
	const LaneMemory memory(small_geometry(8));
	CHECK(!LaneReader::inspect(memory.bytes(), sizeof(LaneControl) - 1, nothing));
	CHECK(!LaneReader::inspect(memory.bytes(), 0, nothing));
}
