// The messages on a link's socket. Each is one packet of fixed size whose first byte is its type; nothing of them is
// believed before it is checked.
//
//   connecting side                          listening side
//     hello (+ lane or cursor)      ->
//                                   <-         hello (+ lane or cursor)
//   then, whoever connected:
//     writer: welcome (start)       ->       reader, which maps the lane and begins there
//                                   <-       reader: ready, the lane is safe with it
//     writer: ring, the link is open ->        reader, which reads from now on
//   any time:
//     ring      one byte: look at the shared memory (to a reader: data or the end; to a writer: space)
//     bye       a clean leave; end-of-file without it is a death
//     shutdown  the channel is over for everybody who was on it at that time; passed on as it came
//     refuse    why the link is not to be
//   query -> report: an endpoint described to somebody who only wants to know.
#pragma once

#include <cstdint>
#include <string>

#include "channel/contract.h"
#include "core/layout.h"
#include "core/status.h"

namespace ringwire {

inline constexpr uint32_t kWireMagic = 0x4557'4952; // "RIWE"
inline constexpr uint16_t kProtocolVersion = 2;

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
};

struct WireHello {
	uint8_t type;
	uint8_t role;
	uint8_t holds_back; // reader: it wants the writer to wait for it
	uint8_t from_newest;
	uint32_t magic;
	uint16_t protocol;
	uint16_t has_region;
	uint32_t layout;
	alignas(8) uint64_t endpoint;
	char overflow[16];
	char name[kNameLengthMax + 8];
	char codec[kCodecLengthMax + 8];
	char overflow_to_client[16]; // of a duplex channel: the other direction
	char codec_to_client[kCodecLengthMax + 8];
};

struct WireWelcome {
	uint8_t type;
	alignas(8) uint64_t start; // the sequence number that the reader begins with
};

struct WireShutdown {
	uint8_t type;
	alignas(8) uint64_t time; // of the clock that all processes of the machine share
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
	uint8_t waiting;
};

static_assert(offsetof(WireHello, magic) == 4 && offsetof(WireHello, protocol) == 8);
static_assert(offsetof(WireHello, layout) == 12 && offsetof(WireHello, endpoint) == 16);
static_assert(sizeof(WireHello) == 400 && sizeof(WireWelcome) == 16 && sizeof(WireRefuse) == 240);
static_assert(offsetof(WireShutdown, time) == 8 && sizeof(WireShutdown) == 16);
static_assert(offsetof(WireReport, endpoint) == 160 && offsetof(WireReport, holders) == 216 &&
              sizeof(WireReport) == 232);

// Room for the largest message and then some, so that a longer one is seen to be too long.
inline constexpr size_t kWireBytesMax = 512;

[[nodiscard]] WireHello make_hello(const Contract& contract, Role role, uint64_t endpoint);
// Whether a hello that came (with its true length) may lead to a link. Names the field and both values if not.
[[nodiscard]] Status check_hello(const WireHello& hello, size_t length, const Contract& contract, Role own_role);

[[nodiscard]] WireRefuse make_refuse(const Status& status);
// What the peer's refusal means here.
[[nodiscard]] Status refused_by_peer(const WireRefuse& refuse);

// A text field as a string: up to its first zero, unprintable bytes as '?'.
[[nodiscard]] std::string wire_text(const char* field, size_t size);
void set_wire_text(char* field, size_t size, std::string_view text);

} // namespace ringwire
