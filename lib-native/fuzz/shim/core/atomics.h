// Replaces core/atomics.h in the fuzzers: a hostile peer may write before each load, and the address must lie in memory that the
// code under test has mapped, or on the heap.
#pragma once

#include <atomic>
#include <cstdint>

#include "fuzz/watch.h"

namespace ringwire {

template <typename T>
class WatchedWord {
public:
	WatchedWord() = default;
	WatchedWord(T value) : word_(value) {}
	WatchedWord(const WatchedWord&) = delete;
	WatchedWord& operator=(const WatchedWord&) = delete;

	[[nodiscard]] T load(std::memory_order order) const {
		watch::before_load(this, sizeof *this);
		return word_.load(order);
	}
	void store(T value, std::memory_order order) { word_.store(value, order); }
	// For the code of the tests, without the checks.
	T operator=(T value) {
		word_.store(value);
		return value;
	}
	operator T() const { return word_.load(); }

private:
	std::atomic<T> word_;
};

using SharedU64 = WatchedWord<uint64_t>;
using SharedU32 = WatchedWord<uint32_t>;
static_assert(sizeof(SharedU64) == 8 && sizeof(SharedU32) == 4);

inline void shared_fence(std::memory_order order) {
	std::atomic_thread_fence(order);
}

} // namespace ringwire
