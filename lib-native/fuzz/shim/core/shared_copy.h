// The copies of core/shared_copy.h, watched: the hostile peer may write when a copy has come half way.
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
