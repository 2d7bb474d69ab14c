// The words that processes share, and the fences between them: those of the standard library. Core code uses no other
// atomics, so that its model (lib-native/model) can replace them by words of a checker.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringwire {

// 64-bit atomics need natural alignment to be lock-free on 32-bit machines too.
using SharedU64 = std::atomic<uint64_t>;
using SharedU32 = std::atomic<uint32_t>;
static_assert(SharedU64::is_always_lock_free && SharedU32::is_always_lock_free);
static_assert(sizeof(SharedU64) == 8 && sizeof(SharedU32) == 4);

inline void shared_fence(std::memory_order order) {
	std::atomic_thread_fence(order);
}

} // namespace ringwire
