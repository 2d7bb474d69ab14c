// Replaces core/atomics.h where the core is compiled for its model: a word of the same size and alignment, whose value is kept
// by the model checker. Every access passes its place in the source.
#pragma once

#include <atomic>
#include <cstdint>

#include "model/variables.h"

namespace ringwire {

template <typename T>
class ModelWord {
public:
	static constexpr bool is_always_lock_free = true;

	// NOLINTNEXTLINE(google-explicit-constructor): as in std::atomic
	ModelWord(T value = 0) : variable_(model::make_variable(value)) {}
	ModelWord(const ModelWord&) = delete;
	ModelWord& operator=(const ModelWord&) = delete;

	[[nodiscard]] T load(std::memory_order order, const char* file = __builtin_FILE(),
	                     int line = __builtin_LINE()) const {
		return static_cast<T>(model::load(variable_, order, {file, line}));
	}
	void store(T value, std::memory_order order, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
		model::store(variable_, value, order, {file, line});
	}

private:
	alignas(sizeof(T)) uint32_t variable_;
};

using SharedU64 = ModelWord<uint64_t>;
using SharedU32 = ModelWord<uint32_t>;
static_assert(sizeof(SharedU64) == 8 && sizeof(SharedU32) == 4);

inline void shared_fence(std::memory_order order, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
	model::fence(order, {file, line});
}

} // namespace ringwire
