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

void close_all_in_child() {
	fork_generation.fetch_add(1, std::memory_order_relaxed);
	const size_t words = words_used.exchange(0, std::memory_order_relaxed);
	for (size_t i = 0; i < words; ++i) {
		for (uint64_t bits = owned[i].exchange(0, std::memory_order_relaxed); bits != 0; bits &= bits - 1) {
			::close(static_cast<int>(i * kBitsPerWord + static_cast<size_t>(std::countr_zero(bits))));
		}
	}
}

// When the library is loaded, so that no fork comes between a descriptor and the handler.
[[maybe_unused]] const int watched = pthread_atfork(nullptr, nullptr, close_all_in_child);

} // namespace

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

void unregister_descriptor(int file) {
	const auto descriptor = static_cast<size_t>(file);
	if (descriptor < kDescriptorsMax) {
		owned[descriptor / kBitsPerWord].fetch_and(~(uint64_t{1} << descriptor % kBitsPerWord),
		                                           std::memory_order_relaxed);
	}
}

} // namespace ringwire
