// The wake protocol between two threads that sleep in the kernel on real doorbells. A lost wake-up is a hang, which the watchdog
// aborts.
#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/cursor.h"
#include "core/wake.h"
#include "test/lane_memory.h"

using namespace ringwire;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kRounds = 40'000;
#else
constexpr uint64_t kRounds = 200'000;
#endif

// Used like the socket of a link: one byte rings, and the peer drains before it looks.
class Doorbell {
public:
	Doorbell() { CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends_) == 0); }
	Doorbell(const Doorbell&) = delete;
	Doorbell& operator=(const Doorbell&) = delete;
	~Doorbell() {
		close(ends_[0]);
		close(ends_[1]);
	}

	void ring() {
		rings += 1;
		CHECK(send(ends_[0], "r", 1, MSG_DONTWAIT) == 1);
	}
	void sleep_and_drain() {
		pollfd self{ends_[1], POLLIN, 0};
		while (poll(&self, 1, -1) < 1) {
		}
		char byte = 0;
		while (recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 1) {
		}
		sleeps += 1;
	}
	uint64_t rings = 0;  // of the ringer
	uint64_t sleeps = 0; // of the sleeper

private:
	int ends_[2] = {};
};

// Up to some ten microseconds, the time of a wake-up and the next sleep.
void pause(uint64_t& state) {
	for (uint64_t n = law::next_random(state) % 32768; n > 0; --n) {
		std::atomic_signal_fence(std::memory_order_seq_cst); // keeps the loop
	}
}

// Lets two threads start each round at the same moment.
class StartingLine {
public:
	void meet(size_t side, uint64_t round) {
		arrived_[side].store(round, std::memory_order_release);
		for (int spins = 0; arrived_[1 - side].load(std::memory_order_acquire) < round; ++spins) {
			if (spins % 1024 == 1023) {
				std::this_thread::yield();
			}
		}
	}

private:
	struct alignas(128) Side : std::atomic<uint64_t> {};
	Side arrived_[2] = {};
};

struct Wire {
	explicit Wire(uint32_t depth)
		: memory(small_geometry(depth)), writer(memory.bytes(), memory.geometry(), 7, CopyKind::kOrdered) {}

	LaneMemory memory;
	LaneWriter writer;
	alignas(128) std::byte cursor_memory[kCursorBytes] = {};
	CursorOwner cursor{cursor_memory, 0};
	CursorView view{cursor_memory, 0};
	Doorbell data;
	Doorbell space;

	// The writer's thread: publish, fence, ring.
	void publish_and_ring(Bell& bell) {
		writer.publish();
		wake_fence();
		if (bell.due(view.asleep_epoch().load(std::memory_order_relaxed))) {
			data.ring();
		}
	}

	// The reader's thread: sleeps until the lane has a message.
	void sleep_until_readable(LaneReader& reader, Sleeper& sleeper) {
		sleeper.arm();
		wake_fence();
		CHECK(reader.refresh());
		if (reader.next() == reader.published()) {
			data.sleep_and_drain();
		}
		sleeper.disarm();
	}

	// The reader's thread: advances the cursor to `sequence`.
	void advance_and_ring(const LaneReader& reader, Bell& bell) {
		cursor.advance(reader.next());
		wake_fence();
		uint64_t wanted = 0;
		const uint64_t epoch = reader.wanted(wanted);
		if (reader.next() >= wanted && bell.due(epoch)) {
			space.ring();
		}
	}

	// The writer's thread: sleeps until there is space.
	void sleep_until_room(uint32_t length) {
		writer.want(writer.tail_worth_waking_for(view.sequence(), length));
		wake_fence();
		CHECK(view.refresh(writer.published()));
		if (!writer.fits(view.sequence(), length)) {
			space.sleep_and_drain();
		}
		writer.unwant();
	}

	void read_all(uint64_t count, bool rings_for_space) {
		Sleeper sleeper(cursor.asleep_epoch());
		LaneReader reader(memory.bytes(), memory.geometry(), 0, true);
		Bell bell;
		while (reader.next() < count) {
			Message message{};
			std::byte target[8];
			if (reader.locate(message) == ReadOutcome::kEmpty) {
				sleep_until_readable(reader, sleeper);
			} else if (message.length <= sizeof target && reader.take(message, target) == ReadOutcome::kMessage) {
				if (rings_for_space) {
					advance_and_ring(reader, bell);
				} else {
					cursor.advance(reader.next());
				}
			} else {
				CHECK(!"a correct writer was found corrupt");
				return;
			}
		}
	}
};

} // namespace

LAW("a sleeper and a ringer at the same moment never miss each other") {
	Wire wire(16);
	StartingLine line;
	std::vector<uint8_t> saw(kRounds);
	std::thread sleeping([&] {
		LaneReader reader(wire.memory.bytes(), wire.memory.geometry(), 0, false);
		Sleeper sleeper(wire.cursor.asleep_epoch());
		for (uint64_t i = 0; i < kRounds; ++i) {
			line.meet(0, 2 * i + 1);
			sleeper.arm();
			wake_fence();
			saw[i] = reader.refresh() && reader.published() > i ? 1 : 0;
			line.meet(0, 2 * i + 2);
			sleeper.disarm();
		}
	});
	Bell bell;
	std::vector<uint8_t> rang(kRounds);
	for (uint64_t i = 0; i < kRounds; ++i) {
		line.meet(1, 2 * i + 1);
		wire.writer.put(nullptr, 0, 0);
		wire.writer.publish();
		wake_fence();
		rang[i] = bell.due(wire.view.asleep_epoch().load(std::memory_order_relaxed)) ? 1 : 0;
		line.meet(1, 2 * i + 2);
	}
	sleeping.join();
	uint64_t missed = 0;
	for (uint64_t i = 0; i < kRounds; ++i) {
		missed += saw[i] == 0 && rang[i] == 0 ? 1 : 0;
	}
	CHECK(missed == 0);
}

LAW("a reader that falls asleep at any moment is always woken, and not for nothing") {
	Wire wire(16);
	std::thread reader([&] { wire.read_all(kRounds, false); });
	Bell bell;
	uint64_t state = law::seed();
	const std::byte message[8] = {};
	for (uint64_t i = 0; i < kRounds; ++i) {
		// The first of two finds the reader asleep. The second finds it waking, reading, or about to sleep again.
		while (i % 2 == 0 && wire.view.sequence() < i) {
			CHECK(wire.view.refresh(wire.writer.published()));
		}
		pause(state);
		wire.writer.put(message, sizeof message, 0);
		wire.publish_and_ring(bell);
	}
	reader.join();
	CHECK(wire.data.sleeps > 0);
	CHECK(wire.data.rings <= kRounds);
}

LAW("a writer that waits for room and a reader that waits for messages never both sleep") {
	for (const uint32_t depth : {2U, 4U, 64U}) {
		Wire wire(depth);
		std::thread reader([&] {
			// Starts when the writer sleeps for the first time: on a busy machine a deep lane might never be full later.
			const LaneReader eyes(wire.memory.bytes(), wire.memory.geometry(), 0, true);
			for (uint64_t sequence = 0; (eyes.wanted(sequence) & 1) == 0;) {
				std::this_thread::yield();
			}
			wire.read_all(kRounds / 4, true);
		});
		Bell bell;
		uint64_t state = law::seed() + depth;
		const std::byte message[8] = {};
		for (uint64_t i = 0; i < kRounds / 4; ++i) {
			const auto length = static_cast<uint32_t>(law::next_random(state) % 9);
			while (!wire.writer.fits(wire.view.sequence(), length)) {
				CHECK(wire.view.refresh(wire.writer.published()));
				if (!wire.writer.fits(wire.view.sequence(), length)) {
					wire.sleep_until_room(length);
				}
			}
			wire.writer.put(message, length, 0);
			wire.publish_and_ring(bell);
		}
		reader.join();
		CHECK(wire.space.sleeps > 0);
	}
}
