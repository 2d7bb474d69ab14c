// The payload of a lane in the model. The smallest lane there is has 64 KiB; the checker sees it as four cells, each of
// them one value, and all messages have a whole number of cells.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringwire::model {

inline constexpr size_t kCellBytes = 16384;

// Says that a lane's payload stands there. Called once a lane in each execution, after begin_execution.
void make_payload(const std::byte* memory, size_t bytes);

// One side is the payload of a lane, the other private memory, of which only the first eight bytes of each cell count.
// Ordered: a copy that races with another ordered one is a data race, and fails the execution. Racing: it copies
// whatever is there, as TSan's variant of core/shared_copy.h does.
void copy_cells(std::byte* target, const std::byte* source, size_t length, bool ordered);

} // namespace ringwire::model
