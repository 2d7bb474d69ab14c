// lib-native/model tries every fence and order of this file, and its absence (npm run verify).
#include "core/pool/pool_reader.h"

#include <cstring>

#include "core/step.h"

namespace ringwire {

bool PoolReader::inspect(const std::byte* memory, uint64_t bytes, PoolGeometry& geometry) {
	if (bytes < kChunksOffset) {
		return false;
	}
	PoolHeader header; // one copy, which is checked and then used
	std::memcpy(&header, memory, sizeof header);
	geometry = PoolGeometry{header.bytes, header.message_max};
	return header.magic == kPoolMagic && header.version == kLayoutVersion && geometry.valid() &&
	       geometry.bytes == bytes;
}

PoolReader::Pinned PoolReader::pin(const LaneReader& lane, uint32_t& slot) {
	const std::optional<uint32_t> taken = pins_.set(lane.next());
	if (!taken) {
		return Pinned::kNone;
	}
	// Pairs with the same fence in PoolWriter::free_unpinned: a writer that does not see the pin has changed the stamp before.
	shared_fence(std::memory_order_seq_cst);
	if (!lane.has_descriptor()) {
		RINGWIRE_STEP("pool: pinned too late");
		pins_.clear(*taken);
		return Pinned::kLapped;
	}
	RINGWIRE_STEP("pool: pinned");
	slot = *taken;
	return Pinned::kPinned;
}

bool PoolReader::room_awaited() {
	wake_fence();
	// Relaxed: wake_fence orders it after the pins were cleared.
	return bell_.due(control_->want_epoch.load(std::memory_order_relaxed));
}

} // namespace ringwire
