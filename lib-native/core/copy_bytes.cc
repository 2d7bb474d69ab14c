#include "core/copy_bytes.h"

#include <atomic>

namespace ringwire {

void copy_in_blocks(std::byte* target, const std::byte* source, size_t length) {
	constexpr size_t kBlock = 64;
	for (; length >= kBlock; length -= kBlock, target += kBlock, source += kBlock) {
		std::byte block[kBlock];
		std::memcpy(block, source, kBlock);
		std::memcpy(target, block, kBlock);
		// No instruction, but compilers move no access across it. Without it they turn the loop into one call of memcpy.
		std::atomic_signal_fence(std::memory_order_seq_cst);
	}
	std::memcpy(target, source, length);
}

} // namespace ringwire
