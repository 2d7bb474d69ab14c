// Lanes between threads that share one mapping, so that ThreadSanitizer sees them. Lanes are small and messages of any size,
// so that they wrap, fill and lap all the time. Of an ordered lane the payload is copied without atomics: a missing release or
// acquire is a data race that ThreadSanitizer reports.
#include <thread>

#include "core/cursor.h"
#include "test/lane_memory.h"

using namespace ringwire;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kMessages = 6'000;
#else
constexpr uint64_t kMessages = 60'000;
#endif

// Mostly short, now and then up to half of the lane.
uint32_t random_length(uint64_t& state) {
	const uint64_t limit = law::next_random(state) % 16 == 0 ? kCapacityMin / 2 + 1 : 200;
	return static_cast<uint32_t>(law::next_random(state) % limit);
}

// What a holding reader shares with the writer's thread, at addresses of their own.
struct Follower {
	alignas(128) std::byte memory[kCursorBytes] = {};
	CursorOwner owner{memory, 0};
	CursorView view{memory, 0};
};

struct Tally {
	uint64_t delivered = 0;
	uint64_t lost = 0;
};

// Reads until the lane has ended and is empty. `progress(next)` after each message and whenever there is nothing.
template <typename Progress>
Tally read_all(const LaneMemory& memory, bool holds_back, const Progress& progress) {
	LaneReader reader(memory.bytes(), memory.geometry(), 0, holds_back);
	Tally tally;
	for (;;) {
		// Before the look: what was published before the end is seen then.
		const bool ended = reader.end() == LaneReader::End::kEnded;
		bool whole = false;
		switch (read_next(reader, whole)) {
		case ReadOutcome::kMessage:
			CHECK(whole);
			tally.delivered += 1;
			break;
		case ReadOutcome::kLapped:
			tally.lost += reader.skip_lapped();
			break;
		case ReadOutcome::kEmpty:
			if (ended) {
				return tally;
			}
			std::this_thread::yield();
			break;
		case ReadOutcome::kCorrupt:
			CHECK(!"an honest writer was called a liar");
			return tally;
		}
		progress(reader.next());
	}
}

// Writes for readers that hold back, and waits for the slowest of them.
template <size_t Count>
void write_all(LaneWriter& writer, Follower (&followers)[Count], uint64_t state) {
	for (uint64_t i = 0; i < kMessages; ++i) {
		const uint32_t length = random_length(state);
		for (;;) {
			uint64_t tail = writer.published();
			for (Follower& follower : followers) {
				CHECK(follower.view.refresh(writer.published()));
				tail = std::min(tail, follower.view.sequence());
			}
			if (writer.fits(tail, length)) {
				break;
			}
			writer.publish();
			std::this_thread::yield();
		}
		put(writer, length);
		if (law::next_random(state) % 4 != 0) {
			writer.publish();
		}
	}
	writer.publish();
	writer.end();
}

template <size_t Count>
void holds_back(uint32_t depth) {
	const LaneMemory memory(small_geometry(depth));
	LaneWriter writer(memory.bytes(), memory.geometry(), 7, CopyKind::kOrdered);
	Follower followers[Count];
	Tally tallies[Count];
	std::vector<std::thread> readers;
	for (size_t i = 0; i < Count; ++i) {
		readers.emplace_back([&, i] {
			uint64_t state = law::seed() + i;
			tallies[i] = read_all(memory, true, [&](uint64_t next) {
				// Not after each message: room comes in pieces of any size.
				if (law::next_random(state) % 3 == 0) {
					followers[i].owner.advance(next);
				}
			});
		});
	}
	write_all(writer, followers, law::seed() + depth);
	for (size_t i = 0; i < Count; ++i) {
		readers[i].join();
		CHECK(tallies[i].delivered == kMessages && tallies[i].lost == 0);
	}
}

template <size_t Count>
void is_lapped(uint32_t depth, uint64_t messages = kMessages, uint32_t length_max = 0) {
	const LaneMemory memory(small_geometry(depth));
	LaneWriter writer(memory.bytes(), memory.geometry(), 7, CopyKind::kRacing);
	Tally tallies[Count];
	std::vector<std::thread> readers;
	for (size_t i = 0; i < Count; ++i) {
		readers.emplace_back([&, i] { tallies[i] = read_all(memory, false, [](uint64_t) {}); });
	}
	uint64_t state = law::seed() + depth;
	for (uint64_t i = 0; i < messages; ++i) {
		const uint32_t length = random_length(state);
		put(writer, length_max == 0 ? length : length % (length_max + 1));
		if (law::next_random(state) % 4 != 0) {
			writer.publish();
		}
		if (law::next_random(state) % 32 == 0) {
			std::this_thread::yield();
		}
	}
	writer.publish();
	writer.end();
	uint64_t delivered = 0;
	for (size_t i = 0; i < Count; ++i) {
		readers[i].join();
		CHECK(tallies[i].delivered + tallies[i].lost == messages);
		delivered += tallies[i].delivered;
	}
	CHECK(delivered > 0);
}

} // namespace

LAW("a reader that holds back gets every message once and whole, from a writer in another thread") {
	holds_back<1>(2);
	holds_back<1>(8);
	holds_back<1>(256);
}

LAW("three readers that hold back get every message, each at its own speed") {
	holds_back<3>(8);
	holds_back<3>(64);
}

LAW("a reader that is lapped all the time never sees a torn message, and its losses are exact") {
	is_lapped<1>(2);
	is_lapped<1>(8);
	is_lapped<1>(256);
}

LAW("three readers that are lapped all the time each get their own exact account") {
	is_lapped<3>(4);
	is_lapped<3>(64);
}

LAW("a descriptor that is rewritten all the time is never believed half") {
	is_lapped<1>(2, 10 * kMessages, 16);
	is_lapped<1>(4, 10 * kMessages, 16);
}
