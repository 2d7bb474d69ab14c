// A lane and its messages in a scenario: memory of the smallest lane, and messages in which a tear is detected.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/lane_reader.h"
#include "core/lane_writer.h"
#include "model/payload.h"
#include "model/variables.h"

namespace ringwire::model {

inline constexpr uint64_t kCapacity = 4 * kCellBytes;
inline constexpr uint32_t kMessageCellsMax = 2;
static_assert(kCapacity == kCapacityMin, "the smallest lane is four cells to the checker");

class LaneSetting {
public:
	// Called in `before`. Lays out the lane and registers its words with the checker.
	LaneWriter lay_out(uint32_t depth, CopyKind kind, uint64_t writer_id) {
		geometry_ = {kCapacity, kMessageCellsMax * kCellBytes, depth};
		make_payload(memory_ + geometry_.payload_offset(), kCapacity);
		for (uint32_t i = 0; i < depth; ++i) {
			::new (memory_ + sizeof(LaneControl) + i * sizeof(Descriptor)) Descriptor{}; // zeroed memory on a machine
		}
		return {memory_, geometry_, writer_id, kind};
	}
	[[nodiscard]] LaneReader reader(uint64_t start, bool holds_back) const {
		return {memory_, geometry_, start, holds_back};
	}

private:
	alignas(4096) std::byte memory_[4096 + kCapacity];
	LaneGeometry geometry_;
};

// The content of a message: its sequence in each cell and in its send time. Odd ones may be shorter.
class MessageBuffer {
public:
	const std::byte* fill(uint64_t sequence, uint32_t cells) {
		for (uint32_t i = 0; i < cells; ++i) {
			const uint64_t value = (sequence + 1) * 16 + i;
			std::memcpy(bytes_ + i * kCellBytes, &value, sizeof value);
		}
		return bytes_;
	}
	std::byte* bytes() { return bytes_; }

	// Fails unless message and copy are those of `sequence`, whole.
	void check(const Message& message, uint64_t sequence, uint32_t cells) const {
		require(message.send_time == sequence + 1, "the descriptor is that of the message");
		require(message.length == cells * kCellBytes, "the length is that of the message");
		for (uint32_t i = 0; i < cells; ++i) {
			uint64_t value = 0;
			std::memcpy(&value, bytes_ + i * kCellBytes, sizeof value);
			require(value == (sequence + 1) * 16 + i, "no torn message is accepted");
		}
	}

private:
	alignas(8) std::byte bytes_[kMessageCellsMax * kCellBytes];
};

} // namespace ringwire::model
