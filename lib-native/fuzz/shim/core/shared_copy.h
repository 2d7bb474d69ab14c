// Replaces core/shared_copy.h in the fuzzers: a hostile peer may write before a copy and in the middle of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fuzz/watch.h"

namespace ringwire {

enum class CopyKind { kOrdered, kRacing };

inline void copy_shared(std::byte* target, const std::byte* source, size_t length, CopyKind) {
	if (length != 0) {
		watch::before_load(source, length);
		std::memcpy(target, source, length / 2);
		watch::before_load(source, length);
		std::memcpy(target + length / 2, source + length / 2, length - length / 2);
	}
}

} // namespace ringwire
