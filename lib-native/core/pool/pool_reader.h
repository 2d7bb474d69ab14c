// The reading end of a pool, for one link: pins the messages that are read in place.
#pragma once

#include "core/lane_reader.h"
#include "core/pool/pins.h"
#include "core/wake.h"

namespace ringwire {

class PoolReader {
public:
	// `geometry` comes from `inspect`. `cursor` is the page of the link's cursor.
	PoolReader(const std::byte* memory, const PoolGeometry& geometry, std::byte* cursor, uint32_t pins = kPinsMax)
		: control_(reinterpret_cast<const PoolControl*>(memory)), geometry_(geometry), pins_(cursor, pins) {}

	// Reads the geometry of a received pool. False unless it has this layout and fills `bytes` exactly.
	[[nodiscard]] static bool inspect(const std::byte* memory, uint64_t bytes, PoolGeometry& geometry);
	[[nodiscard]] const PoolGeometry& geometry() const { return geometry_; }

	enum class Pinned {
		kPinned, // its bytes stay as they are until `unpin`
		kLapped, // the message is retired: call room_awaited, then LaneReader::skip_lapped
		kNone,   // all pins are in use
	};
	// Pins the message of the pool that was located last. The lane does not advance.
	[[nodiscard]] Pinned pin(const LaneReader& lane, uint32_t& slot);
	// The same for a message that the reader's position still keeps. The position may advance after it.
	[[nodiscard]] std::optional<uint32_t> pin_held(uint64_t sequence) { return pins_.set(sequence); }
	// The caller then calls room_awaited, once for several.
	void unpin(uint32_t slot) { pins_.clear(slot); }
	// Whether the writer sleeps until a pin goes, and was not rung for that yet: ring it.
	[[nodiscard]] bool room_awaited();
	[[nodiscard]] uint32_t in_use() const { return pins_.in_use(); }

private:
	const PoolControl* control_;
	PoolGeometry geometry_;
	PinOwner pins_;
	Bell bell_;
};

} // namespace ringwire
