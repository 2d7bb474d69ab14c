// The layouts of messages in the handshake. A layout is a text: fields with commas between them, each a name, a colon and a type. A struct as a
// type is its fields in braces, and the values of an enumeration are in parentheses:
//
//     id:u32,legs:{price:f64,side:u8(buy=1,sell=2)}[4]
//
// A hello carries the hash of each whole text, and as much of the texts as there is room for, so that an error can name the first difference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "channel/contract.h"
#include "core/status.h"

namespace ringwire {

inline constexpr size_t kLayoutTextMax = 576;

// Follows WireHello in the same message. A hello without layouts ends before it.
struct WireLayouts {
	uint16_t size; // bytes of `text` that are the layout; duplex: of the direction to the server
	uint16_t size_to_client;
	uint8_t cut; // 1: the layout is longer than the text here
	uint8_t cut_to_client;
	uint16_t reserved; // 0
	char text[kLayoutTextMax];
};

static_assert(offsetof(WireLayouts, text) == 8 && sizeof(WireLayouts) == 584);

// FNV-1a of 64 bits over the whole text; 1 instead of 0, and 0 for no text.
[[nodiscard]] uint64_t layout_hash(std::string_view layout);

// Returns the number of bytes that are sent: 0 if there is no layout.
size_t make_layouts(const Contract& contract, Role role, WireLayouts& layouts);
// Whether the tail of a received hello, of this length, is one that `make_layouts` may have made.
[[nodiscard]] bool is_layouts(const WireLayouts& layouts, size_t length);

// The part of a layout that a hello carries.
struct LayoutText {
	std::string_view text;
	bool cut;
};
[[nodiscard]] LayoutText layout_of(const WireLayouts& layouts, bool to_client);

// The first field that differs with both descriptions, for two layouts with different hashes. The same for both sides, but for "ours" and "theirs".
[[nodiscard]] std::string layout_difference(LayoutText ours, LayoutText theirs);

} // namespace ringwire
