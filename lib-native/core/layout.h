// The layout of a lane and of a cursor in shared memory. Everything that processes share is drawn here, once, and asserted
// field by field. 32-bit and 64-bit programs can share it.
//
// A sequence counts messages. A position counts payload bytes. Both start at 0 and only grow.
//
//   Lane: one per writer, which alone can write it. All words little-endian.
//
//          0  +--------------------------------------------------------------------------+
//             | magic u64 | version u32 | depth u32 | capacity u64 | message_max u64 |   |  header: constant
//             | writer_id u64                                                            |  once it is shared
//        128  +--------------------------------------------------------------------------+
//             | published u64   the sequence after the newest message                    |  polled by readers
//             | intent    u64   position up to which payload may be being overwritten    |
//        256  +--------------------------------------------------------------------------+
//             | want_epoch u64     odd: the writer sleeps until the sequence of a cursor |  polled by readers
//             | want_sequence u64  has reached this one                                  |  when they advance
//             | state u32          open | ended                                          |
//        384  +--------------------------------------------------------------------------+
//             | descriptors: depth x 32 bytes                                            |
//             |   stamp u64 | position u64 | length u32 | flags u32 | send_time u64      |
//             +--------------------------------------------------------------------------+  rounded up to 4096
//             | payload: capacity bytes                                                  |
//             +--------------------------------------------------------------------------+
//
//   writer_id is for inspection by hand. A reader identifies its writer by the hello of their link.
//
//   flags: the lowest four bits are the kind of the message. 0, inline: the payload is in the lane, and the other bits are 0. 1, pool: the
//   payload is in the pool of the writer, and the other bits are its offset there in units of 64 bytes. Such a message has no bytes in the
//   lane: its position is that of the next payload. A reader treats everything else as corrupt, and so a pool that was not agreed on.
//
//   Message s has the descriptor `s mod depth`. Its stamp is s + 1 (0: never written, all ones: being written). Its payload
//   begins at the offset `position mod capacity` and is contiguous: a payload that does not fit before the end starts at 0.
//   The reader skips the gap, because the descriptor holds the position.
//
//   Cursor: one per link, which only the link's reader can write.
//
//          0  +--------------------------------------------------------------------------+
//             | sequence u64      the reader has finished with every message below it    |  polled by the writer
//        128  +--------------------------------------------------------------------------+
//             | asleep_epoch u64  odd: the reader sleeps                                 |  polled by the writer
//        256  +--------------------------------------------------------------------------+
//             | pins: 480 x u64   the sequence of a message in the pool, plus 1, whose   |  the writer looks before it
//             |                   bytes must stay as they are; 0: none                   |  uses a chunk again
//             +--------------------------------------------------------------------------+  4096 bytes
//
//   Pool: messages of one or more lanes of one thread, which alone can write it.
//
//          0  +--------------------------------------------------------------------------+
//             | magic u64 | version u32 | bytes u64 | message_max u64 | pool_id u64      |  header: constant
//        128  +--------------------------------------------------------------------------+
//             | want_epoch u64     odd: the writer sleeps until a pin goes               |  readers look when they unpin
//       4096  +--------------------------------------------------------------------------+
//             | chunks                                                                   |
//             +--------------------------------------------------------------------------+  bytes
//
//   A chunk is used again when the messages in it are retired: the descriptor of each has the busy stamp or a later message, and no cursor
//   pins it. pool_id is for inspection by hand.
//
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/atomics.h"
#include "core/limits.h"

namespace ringwire {

inline constexpr uint64_t kLaneMagic = 0x4552'4957'474e'4952; // "RINGWIRE" as little-endian bytes
inline constexpr uint64_t kPoolMagic = 0x4c4f'4f50'474e'4952; // "RINGPOOL"
inline constexpr uint32_t kLayoutVersion = 2;

inline constexpr uint64_t kStampBusy = ~uint64_t{0};

// The flags of a message that is inline, and those of one in the pool.
inline constexpr uint32_t kFlagsInline = 0;
inline constexpr uint32_t kFlagsPool = 1;
inline constexpr uint32_t kKindMask = 15;
inline constexpr uint32_t kKindBits = 4;
inline constexpr uint64_t kPoolUnitBytes = 64;

constexpr uint32_t pool_flags(uint64_t offset) {
	return static_cast<uint32_t>(offset / kPoolUnitBytes) << kKindBits | kFlagsPool;
}
constexpr uint64_t pool_offset(uint32_t flags) {
	return uint64_t{flags >> kKindBits} * kPoolUnitBytes;
}

enum class LaneState : uint32_t { kOpen = 0, kEnded = 1 };

struct LaneHeader {
	alignas(8) uint64_t magic;
	uint32_t version;
	uint32_t depth;
	alignas(8) uint64_t capacity;
	alignas(8) uint64_t message_max;
	alignas(8) uint64_t writer_id;
};

struct Descriptor {
	alignas(8) SharedU64 stamp;
	alignas(8) SharedU64 position;
	SharedU32 length;
	SharedU32 flags;
	alignas(8) SharedU64 send_time;
};

struct LaneControl {
	alignas(128) LaneHeader header;
	alignas(128) SharedU64 published;
	alignas(8) SharedU64 intent;
	alignas(128) SharedU64 want_epoch;
	alignas(8) SharedU64 want_sequence;
	SharedU32 state;
};

struct Cursor {
	alignas(128) SharedU64 sequence;
	alignas(128) SharedU64 asleep_epoch;
};

// At kPinsOffset in the page of a cursor.
inline constexpr uint32_t kPinsMax = 480;
struct Pins {
	SharedU64 words[kPinsMax];
};

struct PoolHeader {
	alignas(8) uint64_t magic;
	uint32_t version;
	alignas(8) uint64_t bytes;
	alignas(8) uint64_t message_max;
	alignas(8) uint64_t pool_id;
};

struct PoolControl {
	alignas(128) PoolHeader header;
	alignas(128) SharedU64 want_epoch;
};

static_assert(offsetof(LaneHeader, version) == 8 && offsetof(LaneHeader, depth) == 12);
static_assert(offsetof(LaneHeader, capacity) == 16 && offsetof(LaneHeader, message_max) == 24);
static_assert(offsetof(LaneHeader, writer_id) == 32);
static_assert(offsetof(LaneControl, header) == 0 && offsetof(LaneControl, published) == 128);
static_assert(offsetof(LaneControl, intent) == 136 && offsetof(LaneControl, want_epoch) == 256);
static_assert(offsetof(LaneControl, want_sequence) == 264 && offsetof(LaneControl, state) == 272);
static_assert(sizeof(LaneControl) == 384);
static_assert(offsetof(Descriptor, stamp) == 0 && offsetof(Descriptor, position) == 8);
static_assert(offsetof(Descriptor, length) == 16 && offsetof(Descriptor, flags) == 20);
static_assert(offsetof(Descriptor, send_time) == 24 && sizeof(Descriptor) == 32);
static_assert(offsetof(Cursor, sequence) == 0 && offsetof(Cursor, asleep_epoch) == 128);
static_assert(std::endian::native == std::endian::little, "a big-endian port must swap every shared word");

inline constexpr uint64_t kCursorBytes = 4096;
inline constexpr uint64_t kPinsOffset = 256;
static_assert(sizeof(Cursor) == kPinsOffset && kPinsOffset + sizeof(Pins) == kCursorBytes);

static_assert(offsetof(PoolHeader, version) == 8 && offsetof(PoolHeader, bytes) == 16);
static_assert(offsetof(PoolHeader, message_max) == 24 && offsetof(PoolHeader, pool_id) == 32);
static_assert(offsetof(PoolControl, header) == 0 && offsetof(PoolControl, want_epoch) == 128);

// The chunks begin behind the page of the control words, so the offset of a message is never 0.
inline constexpr uint64_t kChunksOffset = 4096;
static_assert(sizeof(PoolControl) <= kChunksOffset);
static_assert(pool_offset(pool_flags(kPoolBytesMax - kPoolUnitBytes)) == kPoolBytesMax - kPoolUnitBytes);

// The sizes of a pool.
struct PoolGeometry {
	uint64_t bytes = 0; // of the region, with the page of the control words
	uint64_t message_max = 0;

	[[nodiscard]] bool valid() const {
		return bytes % kChunksOffset == 0 && bytes >= kPoolBytesMin && bytes <= kPoolBytesMax && message_max >= 1 &&
		       message_max <= bytes - kChunksOffset;
	}
};

// The sizes and offsets of a lane, which follow from its capacity and depth.
struct LaneGeometry {
	uint64_t capacity = 0;
	uint64_t message_max = 0;
	uint32_t depth = 0;

	[[nodiscard]] bool valid() const {
		return std::has_single_bit(capacity) && capacity >= kCapacityMin && capacity <= kCapacityMax &&
		       std::has_single_bit(depth) && depth >= kDepthMin && depth <= kDepthMax && message_max >= 1 &&
		       message_max <= capacity / 2;
	}
	[[nodiscard]] constexpr uint64_t payload_offset() const {
		return (sizeof(LaneControl) + uint64_t{depth} * sizeof(Descriptor) + 4095) & ~uint64_t{4095};
	}
	[[nodiscard]] constexpr uint64_t lane_bytes() const { return payload_offset() + capacity; }
};

static_assert(LaneGeometry{kCapacityMax, kCapacityMax / 2, kDepthMax}.lane_bytes() <= kRegionBytesMax);

inline uint64_t align_payload(uint64_t position) {
	return (position + (kPayloadAlignment - 1)) & ~(kPayloadAlignment - 1);
}

} // namespace ringwire
