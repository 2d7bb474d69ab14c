// Address ranges that code which cannot be stopped may still use: an asynchronous call of JavaScript that was given a buffer goes on in its
// thread when the buffer has been detached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringwire {

// Replaces a mapping by anonymous memory of zeros, which a store turns into private pages. The range is unmapped when many younger ones have been
// retired, see kRetiredRangesMax. Any thread may call it.
void retire_range(std::byte* memory, uint64_t bytes);

} // namespace ringwire
