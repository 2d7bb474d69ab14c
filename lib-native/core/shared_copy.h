// Copies between private memory and shared memory.
//
// A payload that a reader copies may be overwritten meanwhile; the reader then throws the copy away (lane_reader.h). To
// the language that is a data race, to the machine it is harmless, because the bytes are only looked at after they were
// found to be intact. Under ThreadSanitizer such copies are made word by word with relaxed atomics, so that the races
// which are left for it to find are real ones. A copy that the protocol orders (a reader that holds the writer back)
// stays a plain memcpy there, so that a missing release or acquire does show.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/copy_bytes.h"

namespace ringwire {

enum class CopyKind { kOrdered, kRacing };

#if defined(__SANITIZE_THREAD__)
inline void copy_racing(std::byte* target, const std::byte* source, size_t length) {
	size_t i = 0;
	if ((reinterpret_cast<uintptr_t>(target) | reinterpret_cast<uintptr_t>(source)) % sizeof(uint64_t) == 0) {
		for (; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
			const auto* from = reinterpret_cast<const uint64_t*>(source + i);
			__atomic_store_n(reinterpret_cast<uint64_t*>(target + i), __atomic_load_n(from, __ATOMIC_RELAXED),
			                 __ATOMIC_RELAXED);
		}
	}
	for (; i < length; ++i) {
		__atomic_store_n(target + i, __atomic_load_n(source + i, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	}
}
inline void copy_shared(std::byte* target, const std::byte* source, size_t length, CopyKind kind) {
	if (kind == CopyKind::kRacing) {
		copy_racing(target, source, length);
	} else {
		copy_bytes(target, source, length);
	}
}
#else
inline void copy_shared(std::byte* target, const std::byte* source, size_t length, CopyKind) {
	copy_bytes(target, source, length);
}
#endif

} // namespace ringwire
