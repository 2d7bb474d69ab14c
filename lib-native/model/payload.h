// The payload of a lane in the model. The smallest lane has 64 KiB. To the checker it is four cells of one value each. All
// messages have a whole number of cells.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringwire::model {

inline constexpr size_t kCellBytes = 16384;

// Registers the payload of a lane. Called once for each lane in each execution, after begin_execution.
void make_payload(const std::byte* memory, size_t bytes);

// One side is the payload of a lane. The other is private memory, of which only the first eight bytes of each cell count.
// Ordered: a race with another ordered copy is a data race and fails the execution. Racing: it copies the present values, as
// core/shared_copy.h does under ThreadSanitizer.
void copy_cells(std::byte* target, const std::byte* source, size_t length, bool ordered);

} // namespace ringwire::model
