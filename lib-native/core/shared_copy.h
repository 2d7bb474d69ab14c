// Copies between private memory and shared memory.
//
// A payload may be overwritten while a reader copies it. The reader then discards the copy (lane_reader.h). The language
// calls that a data race. The machine does not care, because no byte is used before the message is found intact. Under
// ThreadSanitizer such copies are made word by word with relaxed atomics, so that it reports real races only. A copy that the
// protocol orders (a reader that holds the writer back) stays a plain memcpy there, so that a missing release or acquire is
// reported.
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
