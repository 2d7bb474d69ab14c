// Every limit of ringwire in one place, with the relations between them asserted.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace ringwire {

// Payload bytes of a lane: a power of two, so that a mask turns a position into an offset.
inline constexpr uint64_t kCapacityMin = uint64_t{64} << 10;
inline constexpr uint64_t kCapacityMax = uint64_t{1} << 30;

// Descriptors of a lane, which is the number of messages that it can hold: a power of two for the same reason.
inline constexpr uint32_t kDepthMin = 2;
inline constexpr uint32_t kDepthMax = uint32_t{1} << 20;

// Bytes of a pool.
inline constexpr uint64_t kPoolBytesMin = uint64_t{8} << 10;
inline constexpr uint64_t kPoolBytesMax = uint64_t{1} << 30;

// Bytes of one region of shared memory. The largest lane is smaller.
inline constexpr uint64_t kRegionBytesMax = kCapacityMax + (uint64_t{64} << 20);

// A lane that is not shared yet is allocated in steps of so many payload bytes, or of a part of a smaller lane.
inline constexpr uint64_t kLaneStepBytes = uint64_t{256} << 10;
inline constexpr uint64_t kLaneStepDivisor = 4;

// Payloads start on a multiple of this, so that numbers in them can be read in place.
inline constexpr uint64_t kPayloadAlignment = 8;

// Address ranges that stay reserved after the memory in them is gone, and their bytes together. They cost no memory.
inline constexpr size_t kRetiredRangesMax = 256;
inline constexpr uint64_t kRetiredBytesMax = sizeof(void*) == 8 ? uint64_t{1} << 40 : uint64_t{1} << 28;

// Open leases of one reader: messages that it must find at their place.
inline constexpr size_t kLeasesMax = 1024;

// Sequences and positions stay exact in a double, the number type of JavaScript.
inline constexpr uint64_t kSequenceMax = uint64_t{1} << 53;

// A batch publishes at least this often, so that a reader on another core can begin while the rest is being copied.
inline constexpr uint32_t kPublishEvery = 64;

// Names are also folder names. A name and the run-time folder together fit into the address of a unix socket.
inline constexpr size_t kNameLengthMax = 64;
inline constexpr size_t kCodecLengthMax = 128;

// Peers of one endpoint. Each costs a descriptor and two mappings.
inline constexpr size_t kLinksMax = 1024;
// Connections of one endpoint whose handshake is not complete.
inline constexpr size_t kStrangersMax = 256;
// A handshake whose next message does not arrive within this time is given up.
inline constexpr uint64_t kHandshakeNanosMax = 10'000'000'000;
// The pause before another attempt to connect to a peer whose backlog was full or whose handshake failed.
inline constexpr uint64_t kConnectRetryNanos = 50'000'000;
// A shortage that keeps peers from being linked is over after this time without another failure.
inline constexpr uint64_t kShortageNanos = 1'000'000'000;
// Number of looks, each after that pause, for the name of a peer that died.
inline constexpr unsigned kLooksAtTheDyingMax = 20;
// The pause before a ring is sent again for which the kernel had no room.
inline constexpr uint64_t kRingRetryNanos = 1'000'000;
// The pause before a client looks for its server again.
inline constexpr uint64_t kServerRetryNanos = 10'000'000;
// An endpoint that opens waits this long for the lock if it finds another one that excludes it, and for what another member of its group is
// creating.
inline constexpr uint64_t kLockWaitNanosMax = 100'000'000;
// An endpoint starts over so often if other processes remove what it is creating.
inline constexpr int kStartOversMax = 100;
// Pending connections that the kernel keeps for an endpoint that does not accept them yet.
inline constexpr int kBacklog = 4096;
// Messages that are received from one link before the other links are served.
inline constexpr int kLinkMessagesPerTurn = 16;
// A reader polls for this time before it yields its core after each look. A peer on another core that polls as well answers
// in less.
inline constexpr uint64_t kPollAloneNanos = 1000;
// A reader polls for this time before the event loop, whose turn costs a system call, serves other handles.
inline constexpr uint64_t kPollTurnNanos = 5'000;
// A blocking call polls for this time before it serves the other endpoints of its thread.
inline constexpr uint64_t kPollUnservedNanos = 1'000'000;
// Events of an endpoint that are kept while another endpoint blocks its thread: a connect and a disconnect of every peer.
inline constexpr size_t kEventsAsideMax = 2 * kLinksMax;
// Consecutive rounds of service that may serve only the link that rang last.
inline constexpr int kRoundsUnaskedMax = 16;
// Connections that are accepted before the links are served.
inline constexpr int kAcceptsPerTurn = 64;
// A reader with more lanes than these wakes only those whose writers have rung. The others stay armed, so each of their writers rings once
// more, which costs two system calls. To disarm a lane and to look at it costs two cache misses.
inline constexpr size_t kLanesWokenTogether = 32;
// Entries of a channel's folder.
inline constexpr size_t kEndpointsMax = 8192;
// In one batch a reader looks again into a lane so often because the writer lapped it, and again at all lanes because
// every message in them was sent after the reader had read the clock.
inline constexpr uint32_t kLooksMax = 16;
// A reader takes at most this part of a lane in one batch, so that the writer can continue before the batch is consumed.
inline constexpr size_t kBatchBytesPerLaneDivisor = 4;

static_assert(std::has_single_bit(kCapacityMin) && std::has_single_bit(kCapacityMax));
static_assert(std::has_single_bit(kDepthMin) && std::has_single_bit(kDepthMax));
static_assert(kCapacityMin % 4096 == 0, "the payload area is a whole number of pages");
static_assert(kCapacityMax < kSequenceMax);
static_assert(kPoolBytesMax <= kRegionBytesMax && kPoolBytesMax <= UINT32_MAX, "a length in the pool has 32 bits");

} // namespace ringwire
