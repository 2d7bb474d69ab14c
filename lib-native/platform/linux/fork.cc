// Closing a descriptor is all that the handler in the child does: the descriptors refer to the same epoll sets, sockets and files as those of
// the parent, which any other call would change for the parent too.
//
// A bit for each descriptor that is owned, in static memory: the handler must neither allocate nor lock.
#include "platform/fork.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstddef>

#include "platform/handle.h"
#include "platform/linux/owned_descriptors.h"

namespace ringwire {

std::atomic<uint32_t> fork_generation{0};

namespace {

constexpr size_t kBitsPerWord = 64;
constexpr size_t kDescriptorsMax = size_t{1} << 20; // fs.nr_open by default; a child keeps higher ones

// Relaxed: only the thread that has called fork reads them in the child, and threads that open and close at the same time change
// different bits.
std::array<std::atomic<uint64_t>, kDescriptorsMax / kBitsPerWord> owned;
std::atomic<size_t> words_used{0};

// The number of threads that are at a fork (kFork each) and of those that have a barrier (1 each), and the generation of the process: a barrier
// that its thread had at a fork in a signal handler does not count in the child.
constexpr uint64_t kFork = uint64_t{1} << 16;
constexpr uint64_t kGeneration = uint64_t{1} << 32;
std::atomic<uint64_t> crossing{0};

// Barriers and forks wait for each other only so long, about 0.2 s: a signal handler that forks can have interrupted a thread with a barrier,
// and another fork handler can wait for a lock that a thread has while it waits for the end of the fork. Then the child may keep a copy.
constexpr int kPausesMax = 4000;
constexpr useconds_t kPauseMicros = 50; // a spinning thread could starve one of lower priority that it waits for

void wait_for_barriers() {
	crossing.fetch_add(kFork, std::memory_order_acquire);
	for (int i = 0; i < kPausesMax && crossing.load(std::memory_order_acquire) % kFork != 0; ++i) {
		usleep(kPauseMicros);
	}
}

void admit_barriers() {
	crossing.fetch_sub(kFork, std::memory_order_release); // pairs with the acquire in ForkBarrier
}

void close_all_in_child() {
	// Relaxed: the child has one thread.
	crossing.store((crossing.load(std::memory_order_relaxed) / kGeneration + 1) * kGeneration,
	               std::memory_order_relaxed);
	fork_generation.fetch_add(1, std::memory_order_relaxed);
	const size_t words = words_used.exchange(0, std::memory_order_relaxed);
	for (size_t i = 0; i < words; ++i) {
		for (uint64_t bits = owned[i].exchange(0, std::memory_order_relaxed); bits != 0; bits &= bits - 1) {
			::close(static_cast<int>(i * kBitsPerWord + static_cast<size_t>(std::countr_zero(bits))));
		}
	}
}

// When the library is loaded, so that no fork comes between a descriptor and the handler.
[[maybe_unused]] const int watched = pthread_atfork(wait_for_barriers, admit_barriers, close_all_in_child);

} // namespace

ForkBarrier::ForkBarrier() {
	uint64_t seen = crossing.load(std::memory_order_relaxed);
	for (int pauses = 0;;) {
		if (seen / kFork % kFork != 0 && pauses < kPausesMax) {
			usleep(kPauseMicros);
			pauses += 1;
			seen = crossing.load(std::memory_order_relaxed);
		} else if (crossing.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
		                                          std::memory_order_relaxed)) {
			generation_ = static_cast<uint32_t>(seen / kGeneration);
			return;
		}
	}
}

ForkBarrier::~ForkBarrier() {
	uint64_t seen = crossing.load(std::memory_order_relaxed);
	// release: pairs with the acquire in wait_for_barriers
	while (seen / kGeneration == generation_ &&
	       !crossing.compare_exchange_weak(seen, seen - 1, std::memory_order_release, std::memory_order_relaxed)) {
	}
}

void register_handle(OsHandle handle) {
	const auto descriptor = static_cast<size_t>(handle);
	if (descriptor >= kDescriptorsMax) {
		return;
	}
	const size_t word = descriptor / kBitsPerWord;
	owned[word].fetch_or(uint64_t{1} << descriptor % kBitsPerWord, std::memory_order_relaxed);
	size_t used = words_used.load(std::memory_order_relaxed);
	while (used <= word && !words_used.compare_exchange_weak(used, word + 1, std::memory_order_relaxed)) {
	}
}

void close_registered(int file) {
	const ForkBarrier barrier;
	const auto descriptor = static_cast<size_t>(file);
	// Before `close`: another thread can get the number as soon as the descriptor is closed.
	if (descriptor < kDescriptorsMax) {
		owned[descriptor / kBitsPerWord].fetch_and(~(uint64_t{1} << descriptor % kBitsPerWord),
		                                           std::memory_order_relaxed);
	}
	::close(file);
}

} // namespace ringwire
