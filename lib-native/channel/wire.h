// The messages on a link's socket. Each is one packet whose first byte is its type. A receiver checks every field before use.
//
//   dialling side                         accepting side
//     hello                         ->
//                                   <-    hello
//   then, on a one-way channel, whichever side dialled:
//     reader: cursor + its region   ->    writer, which maps it
//                                   <-    writer with a pool: pool + its region
//     reader: the pool is mapped    ->    writer with a pool
//                                   <-    writer: welcome (start) + its lane
//     reader: ready, lane is mapped ->    writer, which counts the link as open
//                                   <-    writer: ring; the reader counts the link as open and reads
//   or, on a duplex channel:
//                                   <-    server: introduction + one end of a fresh pair of sockets
//     client: introduction + one end of another pair ->
//   at any time after both hellos:
//     ring      one byte: look at the shared memory (to a reader: data or the end; to a writer: space)
//     bye       a clean leave; end-of-file without it is a death
//     shutdown  the channel is over for every endpoint that was on it at that time; forwarded unchanged
//     refuse    the reason why the link is closed
//   instead of a hello, by the dialling side:
//     query     answered by one report, which describes the endpoint
//     shutdown  to an endpoint without a link to the sender, above all one of the same role
//
// A hello carries no handle, and no side sends a handle before it has received a valid hello: a peer that does not answer holds no
// memory of others, and one handle at most is in flight to each peer that has said hello.
//
// A message of an unknown type is ignored if its type has kWireOptional set; else it is CORRUPT.
#pragma once

#include <cstdint>
#include <string>

#include "channel/contract.h"
#include "channel/layouts.h"
#include "core/layout.h"
#include "core/status.h"

namespace ringwire {

inline constexpr uint32_t kWireMagic = 0x4557'4952; // "RIWE"
inline constexpr uint16_t kProtocolVersion = 3;

// Set in the type of a message that a receiver may ignore.
inline constexpr uint8_t kWireOptional = 0x80;

enum class WireType : uint8_t {
	kRing = 1,
	kHello = 2,
	kWelcome = 3,
	kReady = 4,
	kRefuse = 5,
	kBye = 6,
	kShutdown = 7,
	kQuery = 8,
	kReport = 9,
	kCursor = 10,
	kIntroduction = 11,
	kPool = 12,
	kMapped = 13,
};

// Abilities beyond the version number, as bits. A required feature that the other side does not offer is VERSION.
// The messages of the writer may be in a pool. A reader offers it; a writer that has a pool offers and requires it.
inline constexpr uint64_t kFeaturePool = 1;
[[nodiscard]] constexpr uint64_t features_offered(Role role) {
	return role == Role::kReader ? kFeaturePool : 0;
}

// The first 16 bytes have the same meaning in every version. A later version may append fields: a receiver accepts a hello of up to
// kWireBytesMax bytes and ignores the tail that it does not know.
// WireLayouts follow it if there are layouts.
struct WireHello {
	uint8_t type;
	uint8_t role;
	uint8_t holds_back; // reader: 1 if the writer has to wait for it
	uint8_t from_newest;
	uint32_t magic;
	uint16_t protocol;
	uint16_t reserved; // 0
	uint32_t layout;
	alignas(8) uint64_t endpoint;
	uint64_t born; // time of the sender's opening, by the machine's clock: it has published nothing before
	uint64_t features_offered;
	uint64_t features_required;
	uint64_t schema; // layout_hash of the messages, 0: none is given; of a duplex channel: to the server
	uint64_t schema_to_client;
	char overflow[16];
	char name[kNameLengthMax + 8];
	char codec[kCodecLengthMax + 8];
	char overflow_to_client[16]; // of a duplex channel: the other direction
	char codec_to_client[kCodecLengthMax + 8];
};

struct WireWelcome {
	uint8_t type;
	alignas(8) uint64_t start; // the sequence of the first message for this reader
};

struct WireShutdown {
	uint8_t type;
	uint8_t role;             // of the endpoint that forwards it
	alignas(8) uint64_t time; // of the clock that all processes of the machine share
	uint64_t endpoint;
};

struct WireRefuse {
	uint8_t type;
	uint8_t code;
	char reason[238];
};

struct WireReport {
	uint8_t type;
	uint8_t role;
	char overflow[16];
	char codec[kCodecLengthMax + 8];
	alignas(8) uint64_t endpoint;
	uint64_t peers;
	uint64_t capacity;
	uint64_t depth;
	uint64_t unread;
	uint64_t unread_bytes;
	uint64_t messages;
	uint64_t holders;
	uint64_t pool_bytes;
	uint64_t pool_used;
	uint64_t leases;
	uint64_t oldest_lease_nanos;
	uint8_t waiting;
};

static_assert(offsetof(WireHello, magic) == 4 && offsetof(WireHello, protocol) == 8);
static_assert(offsetof(WireHello, layout) == 12 && offsetof(WireHello, endpoint) == 16);
static_assert(offsetof(WireHello, born) == 24 && offsetof(WireHello, schema) == 48);
static_assert(offsetof(WireHello, overflow) == 64 && offsetof(WireHello, name) == 80);
static_assert(sizeof(WireHello) == 440 && sizeof(WireWelcome) == 16 && sizeof(WireRefuse) == 240);
static_assert(offsetof(WireShutdown, time) == 8 && offsetof(WireShutdown, endpoint) == 16 &&
              sizeof(WireShutdown) == 24);
static_assert(offsetof(WireReport, endpoint) == 160 && offsetof(WireReport, holders) == 216 &&
              offsetof(WireReport, pool_bytes) == 224 && offsetof(WireReport, waiting) == 256 &&
              sizeof(WireReport) == 264);

// The longest message of any version.
inline constexpr size_t kWireBytesMax = 1024;
static_assert(sizeof(WireHello) + sizeof(WireLayouts) == kWireBytesMax);

[[nodiscard]] WireHello make_hello(const Contract& contract, Role role, uint64_t endpoint, uint64_t born);
// Checks a received hello of this true length; the failure names the field and both values. The rest of `layouts` is 0.
[[nodiscard]] Status check_hello(const WireHello& hello, const WireLayouts& layouts, size_t length,
                                 const Contract& contract, Role own_role);

// The failure for a peer that does not offer what this side requires.
[[nodiscard]] Status lacks_feature(uint64_t features);

[[nodiscard]] WireShutdown make_shutdown(uint64_t time, Role role, uint64_t endpoint);
// Whether these bytes are a shutdown: of that length, from a role and an endpoint that exist, and 0 where it has no field.
[[nodiscard]] bool is_shutdown(const void* message, size_t length);
[[nodiscard]] WireRefuse make_refuse(const Status& status);
// The failure that this side reports for the peer's refusal.
[[nodiscard]] Status refused_by_peer(const WireRefuse& refuse);

// A text field as a string: up to its first zero, unprintable bytes as '?'.
[[nodiscard]] std::string wire_text(const char* field, size_t size);
void set_wire_text(char* field, size_t size, std::string_view text);

} // namespace ringwire
