// Every limit of ringwire in one place, with the relations between them asserted.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace ringwire {

// Payload bytes of a lane: a power of two, so that a position picks its byte by a mask.
inline constexpr uint64_t kCapacityMin = uint64_t{64} << 10;
inline constexpr uint64_t kCapacityMax = uint64_t{1} << 30;

// Descriptors of a lane, that is messages it can hold: a power of two for the same reason.
inline constexpr uint32_t kDepthMin = 2;
inline constexpr uint32_t kDepthMax = uint32_t{1} << 20;

// Bytes of one region of shared memory: the largest lane has less than this.
inline constexpr uint64_t kRegionBytesMax = kCapacityMax + (uint64_t{64} << 20);

// Payloads start on a multiple of this, so that numbers in them can be read in place.
inline constexpr uint64_t kPayloadAlignment = 8;

// Sequence numbers and positions stay exact in a double, which is how JavaScript sees them.
inline constexpr uint64_t kSequenceMax = uint64_t{1} << 53;

// A batch publishes at least this often, so that a reader on another core can begin while the rest is being copied.
inline constexpr uint32_t kPublishEvery = 64;

// Names are also folder names; together with the run-time folder they must fit into the address of a unix socket.
inline constexpr size_t kNameLengthMax = 64;
inline constexpr size_t kCodecLengthMax = 128;

// Peers of one endpoint. Each costs a descriptor and two mappings.
inline constexpr size_t kLinksMax = 1024;
// Connections to an endpoint whose handshake is not done.
inline constexpr size_t kStrangersMax = 256;
// How long a handshake may take until we hear the next of it.
inline constexpr uint64_t kHandshakeNanosMax = 10'000'000'000;
// How long until a busy lock is tried again, and a peer that could not take our connection or lost it in the handshake.
inline constexpr uint64_t kLockRetryNanos = 1'000'000;
inline constexpr unsigned kLockRetriesSoon = 100;
inline constexpr uint64_t kConnectRetryNanos = 50'000'000;
// A shortage that keeps peers from being linked is over after this time without another failure.
inline constexpr uint64_t kShortageNanos = 1'000'000'000;
// How often one is denied a folder that another member of the group has made before that is an error.
inline constexpr unsigned kDenialsMax = 100;
// How often one looks, after that pause each, whether a peer that died has lost its name too.
inline constexpr unsigned kLooksAtTheDyingMax = 20;
// How long until a doorbell is rung again for which the kernel had no room.
inline constexpr uint64_t kRingRetryNanos = 1'000'000;
// How long until a client looks again whether its server is there.
inline constexpr uint64_t kServerRetryNanos = 10'000'000;
// A server waits this long for a busy lock when it opens, and a group's endpoint for a run-time folder that another member is making.
inline constexpr uint64_t kLockWaitNanosMax = 100'000'000;
// An endpoint that cannot join because a process holds the lock for this long reports it.
inline constexpr uint64_t kLockHeldNanos = 1'000'000'000;
// How often a leaving endpoint looks whether another one has left while it held the lock.
inline constexpr int kLooksAtLeaversMax = 100;
// Pending connections that the kernel keeps for an endpoint that does not answer at the moment.
inline constexpr int kBacklog = 4096;
// Messages that are taken from one link's socket before the others have their turn.
inline constexpr int kLinkMessagesPerTurn = 16;
// For how long a reader polls before it offers its core to others after each look: longer than a peer on another core,
// which polls as well, needs for an answer.
inline constexpr uint64_t kPollAloneNanos = 1000;
// For how long it polls before the event loop, whose turn costs a system call, serves others too.
inline constexpr uint64_t kPollTurnNanos = 5'000;
// For how long a blocking call polls before all that its thread has is served.
inline constexpr uint64_t kPollUnservedNanos = 1'000'000;
// Events of an endpoint that may wait while another one blocks its thread: a connect and a disconnect of every peer.
inline constexpr size_t kEventsAsideMax = 2 * kLinksMax;
// How many rounds of service in a row may be about the link alone that rang last.
inline constexpr int kRoundsUnaskedMax = 16;
// Connections that are accepted before the links have their turn.
inline constexpr int kAcceptsPerTurn = 64;
// Entries of a channel's folder.
inline constexpr size_t kEndpointsMax = 8192;
// How often in one batch a reader looks again into a lane, because the writer was ahead of it before it had a message; and
// how often it looks again at all lanes, because everything in them was sent after it had read the clock.
inline constexpr uint32_t kLooksMax = 16;
// A reader takes at most this part of a lane in one batch, so that the writer does not stand still until it is consumed.
inline constexpr size_t kBatchBytesPerLaneDivisor = 4;

static_assert(std::has_single_bit(kCapacityMin) && std::has_single_bit(kCapacityMax));
static_assert(std::has_single_bit(kDepthMin) && std::has_single_bit(kDepthMax));
static_assert(kCapacityMin % 4096 == 0, "the payload area is a whole number of pages");
static_assert(kCapacityMax < kSequenceMax);

} // namespace ringwire
