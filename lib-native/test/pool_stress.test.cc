// A pool between threads with one mapping, so that ThreadSanitizer sees it. Leases are read without atomics: a missing release or acquire is
// reported as a data race.
#include <thread>

#include "test/pool_memory.h"

using namespace ringwire;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kMessages = 3'000;
#else
constexpr uint64_t kMessages = 30'000;
#endif
constexpr uint64_t kLarge = uint64_t{64} << 10;
constexpr PoolGeometry kGeometry{kChunksOffset + 4 * kLarge, 2 * kLarge};

struct Tally {
	uint64_t read = 0;
	uint64_t lapped = 0;
};

struct Held {
	uint64_t sequence;
	uint32_t length;
	uint32_t slot;
	const std::byte* bytes;
};

// Reads until the lane has ended and is empty. Every other message is read in place and released in any order.
Tally read_all(PoolGuest& guest, uint64_t random) {
	const auto read_in_place = [&](const Held& held) {
		CHECK(is_message_of(held.sequence, held.bytes, held.length));
		guest.pool.unpin(held.slot);
		(void)guest.pool.room_awaited();
	};
	Tally tally;
	std::vector<Held> held;
	for (;;) {
		const bool ended = guest.lane.end() == LaneReader::End::kEnded;
		Message message{};
		const ReadOutcome outcome = guest.lane.locate(message);
		if (outcome == ReadOutcome::kMessage && law::next_random(random) % 2 == 0) {
			uint32_t slot = 0;
			const uint64_t sequence = guest.lane.next();
			if (guest.lane.holds_back()) {
				slot = guest.pool.pin_held(sequence).value_or(0);
			} else if (guest.pool.pin(guest.lane, slot) != PoolReader::Pinned::kPinned) {
				(void)guest.pool.room_awaited();
				tally.lapped += guest.lane.skip_lapped();
				continue;
			}
			held.push_back({sequence, message.length, slot, guest.lane.bytes_of(message)});
			guest.lane.pass();
			guest.owner.advance(guest.lane.next());
			tally.read += 1;
		} else if (outcome == ReadOutcome::kMessage) {
			const uint64_t sequence = guest.lane.next();
			std::vector<std::byte> copy(message.length);
			if (guest.lane.take(message, copy.data()) == ReadOutcome::kMessage) {
				CHECK(is_message_of(sequence, copy.data(), message.length));
				guest.owner.advance(guest.lane.next());
				tally.read += 1;
			} else {
				tally.lapped += guest.lane.skip_lapped();
			}
		} else if (outcome == ReadOutcome::kLapped) {
			tally.lapped += guest.lane.skip_lapped();
		} else {
			CHECK(outcome == ReadOutcome::kEmpty);
			while (!held.empty()) {
				read_in_place(held.back());
				held.pop_back();
			}
			if (ended) {
				return tally;
			}
			std::this_thread::yield();
		}
		if (held.size() > law::next_random(random) % 4) {
			std::swap(held[law::next_random(random) % held.size()], held.back());
			read_in_place(held.back());
			held.pop_back();
		}
	}
}

} // namespace

LAW("readers of a pool in other threads read whole messages in place and by copies, whatever the writer does "
    "meanwhile") {
	for (const PoolHost::Kind kind : {PoolHost::Kind::kHolding, PoolHost::Kind::kLossy, PoolHost::Kind::kLatest}) {
		const PoolMemory memory(kGeometry);
		PoolWriter writer(memory.bytes(), kGeometry, 1);
		PoolHost host(writer, memory, kind);
		PoolGuest* const guests[] = {&host.join(), &host.join()};
		Tally tallies[2];
		std::vector<std::thread> threads;
		for (size_t i = 0; i < 2; ++i) {
			threads.emplace_back([&, i] { tallies[i] = read_all(*guests[i], law::seed() + i); });
		}
		uint64_t random = law::seed() + 5;
		while (host.lane.next() < kMessages) {
			const bool is_large = law::next_random(random) % 8 == 0;
			if (!host.write(static_cast<uint32_t>(law::next_random(random) % (is_large ? 2 * kLarge : 3000)))) {
				std::this_thread::yield();
			}
		}
		host.lane.end();
		for (std::thread& thread : threads) {
			thread.join();
		}
		for (const Tally& tally : tallies) {
			CHECK(tally.read + tally.lapped == kMessages && tally.read > 0);
			CHECK(kind != PoolHost::Kind::kHolding || tally.lapped == 0);
		}
		CHECK(host.write(0));
	}
}
