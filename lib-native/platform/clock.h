// The machine's monotonic clock, the same in every process, in nanoseconds.
#pragma once

#include <cstdint>

namespace ringwire {

[[nodiscard]] uint64_t monotonic_nanos();
// Cannot be guessed or repeated.
[[nodiscard]] uint64_t random_u64();

} // namespace ringwire
