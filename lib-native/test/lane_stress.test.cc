// Lanes between threads with one mapping, so that ThreadSanitizer sees them. Lanes are small and messages have any size, so that
// they wrap, fill and lap all the time. The payload of an ordered lane is copied without atomics: ThreadSanitizer reports a
// missing release or acquire as a data race.
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

// Mostly short, sometimes up to half of the lane.
uint32_t random_length(uint64_t& state) {
	const uint64_t limit = law::next_random(state) % 16 == 0 ? kCapacityMin / 2 + 1 : 200;
	return static_cast<uint32_t>(law::next_random(state) % limit);
}

// The words that a holding reader shares with the thread of the writer, each in a cache line of its own.
struct Follower {
	alignas(128) std::byte memory[kCursorBytes] = {};
	CursorOwner owner{memory, 0};
	CursorView view{memory, 0};
};

struct Tally {
	uint64_t delivered = 0;
	uint64_t lost = 0;
};

// Reads until the lane has ended and is empty. Calls `progress(next)` after each message and whenever the lane is empty.
template <typename Progress>
Tally read_all(const LaneMemory& memory, bool holds_back, const Progress& progress) {
	LaneReader reader(memory.bytes(), memory.geometry(), 0, holds_back);
	Tally tally;
	for (;;) {
		// Before the look, which then sees every message before the end.
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
			CHECK(!"a correct writer was found corrupt");
			return tally;
		}
		progress(reader.next());
	}
}

// Writes for readers that hold back, and waits for the slowest one.
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
				// Not after each message, so that space is freed in pieces of any size.
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

LAW("three readers that are lapped all the time each have exact losses of their own") {
	is_lapped<3>(4);
	is_lapped<3>(64);
}

LAW("a descriptor that is rewritten all the time is never used half") {
	is_lapped<1>(2, 10 * kMessages, 16);
	is_lapped<1>(4, 10 * kMessages, 16);
}
