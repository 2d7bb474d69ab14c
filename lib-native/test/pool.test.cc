// Messages in a pool: placed, read, pinned, retired, and their chunks used again.
#include "test/pool_scene.h"

#include <algorithm>

using namespace ringwire;

namespace {

using Kind = PoolHost::Kind;
using Pinned = PoolReader::Pinned;

// A message that a reader reads in place.
struct Lease {
	uint64_t sequence;
	uint32_t length;
	uint32_t slot;
	const std::byte* bytes;

	[[nodiscard]] bool whole() const { return is_message_of(sequence, bytes, length); }
};

Pinned pin_next(PoolGuest& guest, Lease& lease) {
	Message message{};
	const ReadOutcome outcome = guest.lane.locate(message);
	CHECK(outcome == ReadOutcome::kMessage || outcome == ReadOutcome::kLapped);
	if (outcome == ReadOutcome::kLapped) {
		return Pinned::kLapped;
	}
	const Pinned pinned = guest.pool.pin(guest.lane, lease.slot);
	if (pinned == Pinned::kPinned) {
		lease = {guest.lane.next(), message.length, lease.slot, guest.lane.bytes_of(message)};
		guest.lane.pass();
	}
	return pinned;
}

} // namespace

LAW("a message in the pool is read as it was put, and takes no room for payload from the lane") {
	PoolScene scene(Kind::kHolding);
	PoolGuest& guest = scene.host.join();
	write(scene.host.lane, 100);
	REQUIRE(scene.host.write(kPoolLarge + 1));
	REQUIRE(scene.host.write(0));
	CHECK(scene.host.lane.bytes_since(0) == 104);
	write(scene.host.lane, 24);
	CHECK(scene.host.lane.bytes_since(0) == 128);
	for (int i = 0; i < 4; ++i) {
		CHECK(reads_whole(guest.lane));
	}
	bool whole = false;
	CHECK(read_next(guest.lane, whole) == ReadOutcome::kEmpty);
}

LAW("a chunk of a lane whose readers hold back is used again when the last position has passed its message") {
	PoolScene scene(Kind::kHolding);
	PoolGuest& fast = scene.host.join();
	PoolGuest& slow = scene.host.join();
	CHECK(scene.write_until_full(kPoolLarge) == 4);
	for (int i = 0; i < 4; ++i) {
		CHECK(reads_whole(fast.lane));
		fast.owner.advance(fast.lane.next());
	}
	CHECK(!scene.host.write(kPoolLarge));
	CHECK(reads_whole(slow.lane) && reads_whole(slow.lane));
	CHECK(!scene.host.write(kPoolLarge)); // it has not advanced
	slow.owner.advance(slow.lane.next());
	CHECK(scene.write_until_full(kPoolLarge) == 2);
	CHECK(reads_whole(slow.lane) && reads_whole(slow.lane) && reads_whole(slow.lane) && reads_whole(slow.lane));
}

LAW("a pin keeps its message alone, whatever the position is, until it is cleared") {
	PoolScene scene(Kind::kHolding);
	PoolGuest& guest = scene.host.join();
	CHECK(scene.write_until_full(kPoolLarge) == 4);
	std::vector<Lease> leases;
	for (int i = 0; i < 4; ++i) {
		Message message{};
		REQUIRE(guest.lane.locate(message) == ReadOutcome::kMessage);
		if (i % 2 == 0) {
			const std::optional<uint32_t> slot = guest.pool.pin_held(guest.lane.next());
			REQUIRE(slot);
			leases.push_back({guest.lane.next(), message.length, *slot, guest.lane.bytes_of(message)});
		}
		guest.lane.pass();
		guest.owner.advance(guest.lane.next());
	}
	CHECK(scene.write_until_full(kPoolLarge) == 2);
	CHECK(leases[0].whole() && leases[1].whole());
	guest.pool.unpin(leases[0].slot);
	CHECK(scene.write_until_full(kPoolLarge) == 1);
	CHECK(leases[1].whole() && guest.pool.in_use() == 1);
}

LAW("without readers that hold back the oldest messages make room, in the order of their sequences, and pinned ones "
    "stay") {
	PoolScene scene(Kind::kLossy);
	PoolGuest& guest = scene.host.join();
	Lease lease{};
	for (int i = 0; i < 4; ++i) {
		REQUIRE(scene.host.write(kPoolLarge));
	}
	REQUIRE(pin_next(guest, lease) == Pinned::kPinned);
	for (int i = 0; i < 10; ++i) {
		REQUIRE(scene.host.write(kPoolLarge)); // a chunk of three
		CHECK(lease.whole());
	}
	CHECK(scene.host.lane.oldest_intact() == 11);
	bool whole = false;
	CHECK(read_next(guest.lane, whole) == ReadOutcome::kLapped);
	CHECK(guest.lane.skip_lapped() == 11); // from 1 to 12, in the middle of the intact ones
	CHECK(reads_whole(guest.lane) && reads_whole(guest.lane));
	CHECK(read_next(guest.lane, whole) == ReadOutcome::kEmpty);
	guest.pool.unpin(lease.slot);
	CHECK(scene.writer.free_bytes() == 0);
	REQUIRE(scene.host.write(kPoolLarge));
	CHECK(scene.host.lane.oldest_intact() == 11); // the chunk of the pinned one was enough
}

LAW("a message that is retired takes those before it along, so that the intact ones are the newest") {
	PoolScene scene(Kind::kLossy);
	PoolGuest& guest = scene.host.join();
	for (int i = 0; i < 4; ++i) {
		REQUIRE(scene.host.write(kPoolLarge));
		write(scene.host.lane, 10);
	}
	REQUIRE(scene.host.write(2 * kPoolLarge)); // retires the messages 0 and 2
	CHECK(scene.host.lane.oldest_intact() == 3);
	CHECK(guest.lane.unread() == 0);
	CHECK(guest.lane.refresh() && guest.lane.unread() == 6);
	bool whole = false;
	CHECK(read_next(guest.lane, whole) == ReadOutcome::kLapped);
	CHECK(guest.lane.skip_lapped() == 6);
	CHECK(reads_whole(guest.lane) && reads_whole(guest.lane) && reads_whole(guest.lane));
}

LAW("no more messages are retired than a message needs") {
	PoolScene scene(Kind::kLossy);
	for (int i = 0; i < 4; ++i) {
		REQUIRE(scene.host.write(kPoolLarge));
	}
	REQUIRE(scene.host.write(3 * kPoolLarge));
	CHECK(scene.host.lane.oldest_intact() == 3);
}

LAW("no message is retired for one that has no room without the pinned ones") {
	PoolScene scene(Kind::kLossy);
	PoolGuest& guest = scene.host.join();
	for (int i = 0; i < 4; ++i) {
		REQUIRE(scene.host.write(kPoolLarge));
	}
	guest.lane.pass();
	Lease lease{};
	REQUIRE(guest.lane.refresh() && pin_next(guest, lease) == Pinned::kPinned);
	CHECK(!scene.host.write(4 * kPoolLarge));
	CHECK(scene.host.lane.oldest_intact() == 0);
	CHECK(scene.host.write(kPoolLarge));
	CHECK(scene.host.lane.oldest_intact() == 1);
}

LAW("a message that has lost its descriptor gives its chunk back, unless it is pinned") {
	constexpr uint32_t kDepth = 4;
	PoolScene scene(Kind::kLossy, kDepth);
	PoolGuest& guest = scene.host.join();
	Lease lease{};
	REQUIRE(scene.host.write(2 * kPoolLarge) && scene.host.write(kPoolLarge));
	REQUIRE(pin_next(guest, lease) == Pinned::kPinned);
	for (uint32_t i = 0; i < kDepth; ++i) {
		write(scene.host.lane, 10);
	}
	REQUIRE(scene.host.write(2 * kPoolLarge));                    // the second one and the free quarter
	CHECK(lease.whole() && scene.host.lane.oldest_intact() == 3); // only its own descriptor was taken
	CHECK(!scene.host.write(3 * kPoolLarge));
	guest.pool.unpin(lease.slot);
	CHECK(scene.host.write(3 * kPoolLarge));
}

LAW("the newest message of a lane of the newest is never retired") {
	PoolScene scene(Kind::kLatest);
	PoolGuest& guest = scene.host.join();
	REQUIRE(scene.host.write(3 * kPoolLarge));
	CHECK(!scene.host.write(2 * kPoolLarge));
	CHECK(reads_whole(guest.lane));
	REQUIRE(scene.host.write(kPoolLarge));
	REQUIRE(scene.host.write(2 * kPoolLarge)); // the first one is not the newest any more
	CHECK(reads_whole(guest.lane) && reads_whole(guest.lane));
}

LAW("a reader that pins too late has lost the message, and leaves no pin") {
	PoolScene scene(Kind::kLossy);
	PoolGuest& guest = scene.host.join();
	REQUIRE(scene.host.write(4 * kPoolLarge));
	Message message{};
	REQUIRE(guest.lane.locate(message) == ReadOutcome::kMessage);
	REQUIRE(scene.host.write(4 * kPoolLarge));
	uint32_t slot = 0;
	CHECK(guest.pool.pin(guest.lane, slot) == Pinned::kLapped);
	CHECK(guest.pool.in_use() == 0 && guest.words().words[0] == 0);
	CHECK(scene.host.write(4 * kPoolLarge));
}

LAW("a copy of a message that was retired meanwhile is not accepted") {
	PoolScene scene(Kind::kLossy);
	PoolGuest& guest = scene.host.join();
	REQUIRE(scene.host.write(4 * kPoolLarge));
	Message message{};
	REQUIRE(guest.lane.locate(message) == ReadOutcome::kMessage);
	std::vector<std::byte> copy(message.length);
	REQUIRE(scene.host.write(4 * kPoolLarge));
	CHECK(guest.lane.take(message, copy.data()) == ReadOutcome::kLapped);
	CHECK(guest.lane.next() == 0);
	scene.host.memory.descriptor(0).stamp = 1; // as if the chunk of a reader that holds back were taken away
	LaneReader patient(scene.host.memory.bytes(), scene.host.memory.geometry(), 0, true);
	patient.use_pool(scene.memory.bytes(), scene.memory.geometry());
	REQUIRE(patient.locate(message) == ReadOutcome::kMessage);
	scene.host.memory.descriptor(0).stamp = kStampBusy;
	CHECK(patient.take(message, copy.data()) == ReadOutcome::kCorrupt);
}

LAW("a reader has as many pins as its page has words, and each of them again after it was cleared") {
	PoolScene scene(Kind::kLossy, 1024);
	PoolGuest& guest = scene.host.join();
	for (uint32_t i = 0; i <= kPinsMax; ++i) {
		REQUIRE(scene.host.write(1 + i % 50));
	}
	std::vector<Lease> leases(kPinsMax);
	for (Lease& lease : leases) {
		REQUIRE(pin_next(guest, lease) == Pinned::kPinned);
	}
	Lease one_too_many{};
	CHECK(pin_next(guest, one_too_many) == Pinned::kNone);
	std::vector<uint64_t> sequences;
	CHECK(guest.pins.collect(scene.host.lane.published(), sequences) && sequences.size() == kPinsMax);
	guest.pool.unpin(leases[77].slot);
	CHECK(pin_next(guest, one_too_many) == Pinned::kPinned && one_too_many.slot == leases[77].slot);
	CHECK(one_too_many.whole() && guest.pool.in_use() == kPinsMax);
}

LAW("a loan keeps its chunk, may shrink, and gives it back when it is given up") {
	PoolScene scene(Kind::kHolding);
	const std::optional<uint32_t> loan = scene.writer.allocate(4 * kPoolLarge);
	REQUIRE(loan);
	CHECK(!scene.writer.allocate(1));
	scene.writer.shrink(*loan, kPoolLarge);
	CHECK(scene.writer.free_bytes() == 3 * kPoolLarge);
	const std::optional<uint32_t> other = scene.writer.allocate(3 * kPoolLarge);
	REQUIRE(other);
	CHECK(scene.writer.offset(*loan) == kChunksOffset && scene.writer.offset(*other) == kChunksOffset + kPoolLarge);
	scene.writer.release(*loan);
	scene.writer.release(*other);
	CHECK(scene.writer.free_bytes() == 4 * kPoolLarge);
}

LAW("a message that is put on two lanes keeps its chunk until both lanes are done with it") {
	TestPool pool;
	PoolHost one(pool.writer, pool.memory, Kind::kHolding);
	PoolHost other(pool.writer, pool.memory, Kind::kHolding);
	PoolGuest& reader = one.join();
	PoolGuest& other_reader = other.join();
	const std::optional<uint32_t> chunk = pool.writer.allocate(4 * kPoolLarge);
	REQUIRE(chunk);
	fill_message(pool.writer.memory(*chunk), 4 * kPoolLarge, 0);
	one.in_pool.put(*chunk, 4 * kPoolLarge, 1000);
	other.in_pool.put(*chunk, 4 * kPoolLarge, 1000);
	pool.writer.release(*chunk);
	one.lane.publish();
	other.lane.publish();
	CHECK(reads_whole(reader.lane));
	reader.owner.advance(1);
	CHECK(!pool.writer.allocate(1));
	CHECK(reads_whole(other_reader.lane));
	other_reader.owner.advance(1);
	CHECK(pool.writer.allocate(4 * kPoolLarge));
}

LAW("no more messages on several lanes are retired than a message needs") {
	TestPool pool;
	PoolHost one(pool.writer, pool.memory, Kind::kLossy);
	PoolHost other(pool.writer, pool.memory, Kind::kLossy);
	for (int i = 0; i < 4; ++i) {
		const std::optional<uint32_t> chunk = pool.writer.allocate(kPoolLarge);
		REQUIRE(chunk);
		for (PoolHost* host : {&one, &other}) {
			host->in_pool.put(*chunk, kPoolLarge, 1000);
			host->lane.publish();
		}
		pool.writer.release(*chunk);
	}
	REQUIRE(pool.writer.allocate(kPoolLarge));
	CHECK(one.lane.oldest_intact() == 1 && other.lane.oldest_intact() == 1);
}

LAW("the oldest message of all lanes of a pool is retired first") {
	TestPool pool;
	PoolHost one(pool.writer, pool.memory, Kind::kLossy);
	PoolHost other(pool.writer, pool.memory, Kind::kLossy);
	REQUIRE(one.write(kPoolLarge) && other.write(kPoolLarge) && other.write(kPoolLarge) && one.write(kPoolLarge));
	REQUIRE(one.write(kPoolLarge));
	CHECK(one.lane.oldest_intact() == 1 && other.lane.oldest_intact() == 0);
	REQUIRE(one.write(2 * kPoolLarge));
	CHECK(one.lane.oldest_intact() == 1 && other.lane.oldest_intact() == 2);
}

LAW("chunks of a lane that has left stay as they are for its readers") {
	TestPool pool;
	PoolHost stays(pool.writer, pool.memory, Kind::kLossy);
	{
		PoolHost leaves(pool.writer, pool.memory, Kind::kLossy);
		REQUIRE(leaves.write(kPoolLarge));
	}
	REQUIRE(stays.write(3 * kPoolLarge));
	CHECK(!stays.write(4 * kPoolLarge));
	CHECK(stays.write(3 * kPoolLarge));
}

LAW("a writer that sleeps for room is rung once for each sleep") {
	PoolScene scene(Kind::kLossy);
	PoolGuest& guest = scene.host.join();
	CHECK(!guest.pool.room_awaited());
	scene.writer.want();
	CHECK(guest.pool.room_awaited() && !guest.pool.room_awaited());
	scene.writer.unwant();
	CHECK(!guest.pool.room_awaited());
	scene.writer.want();
	CHECK(guest.pool.room_awaited());
}

// The model of a lease: its bytes are checked when it is released.
LAW("leases and copies in any order, of two lanes of every kind: no byte of a lease changes before it is released") {
	constexpr int kSteps = 30'000;
	for (const Kind kind : {Kind::kHolding, Kind::kLossy, Kind::kLatest}) {
		TestPool pool;
		PoolHost hosts[2] = {{pool.writer, pool.memory, kind, 16}, {pool.writer, pool.memory, Kind::kLossy, 8}};
		struct Held {
			PoolGuest* guest;
			Lease lease;
		};
		std::vector<Held> held;
		std::vector<PoolGuest*> guests;
		for (PoolHost& host : hosts) {
			guests.push_back(&host.join(24));
			guests.push_back(&host.join(24));
		}
		uint64_t random = law::seed() + 77;
		uint64_t checked = 0;
		uint64_t copied = 0;
		uint64_t written = 0;
		uint64_t refused = 0;
		uint64_t lapped = 0;
		const auto release = [&](size_t index) {
			CHECK(held[index].lease.whole());
			held[index].guest->pool.unpin(held[index].lease.slot);
			held[index] = held.back();
			held.pop_back();
			checked += 1;
		};
		for (int i = 0; i < kSteps; ++i) {
			const uint64_t choice = law::next_random(random) % 8;
			if (choice < 3) {
				const bool is_large = law::next_random(random) % 4 == 0;
				const uint64_t limit = is_large ? 3 * kPoolLarge : 9000;
				PoolHost& host = hosts[law::next_random(random) % 2];
				const bool done = host.write(static_cast<uint32_t>(law::next_random(random) % limit));
				(done ? written : refused) += 1;
				continue;
			}
			if (choice < 5 && !held.empty()) {
				release(law::next_random(random) % held.size());
				continue;
			}
			const uint64_t index = law::next_random(random) % guests.size();
			PoolGuest& guest = *guests[index];
			Message message{};
			bool whole = false;
			Lease lease{};
			switch (guest.lane.locate(message)) {
			case ReadOutcome::kMessage:
				if (choice < 7) {
					if (guest.lane.holds_back()) {
						const std::optional<uint32_t> slot = guest.pool.pin_held(guest.lane.next());
						if (!slot) {
							break;
						}
						lease = {guest.lane.next(), message.length, *slot, guest.lane.bytes_of(message)};
						guest.lane.pass();
					} else if (pin_next(guest, lease) != Pinned::kPinned) {
						break;
					}
					held.push_back({&guest, lease});
				} else {
					CHECK(read_next(guest.lane, whole) == ReadOutcome::kMessage && whole);
					copied += 1;
				}
				guest.owner.advance(guest.lane.next());
				break;
			case ReadOutcome::kLapped:
				CHECK(!guest.lane.holds_back() && guest.lane.skip_lapped() > 0);
				lapped += 1;
				break;
			case ReadOutcome::kEmpty:
				break;
			case ReadOutcome::kCorrupt:
				REQUIRE(false);
			}
		}
		CHECK(checked > 1000 && copied > 500 && written > 1000 && refused > 10 && lapped > 10);
		while (!held.empty()) {
			release(held.size() - 1);
		}
	}
}
