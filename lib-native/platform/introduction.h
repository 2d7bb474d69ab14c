// A private link between two processes that have a link already. One side offers it: it makes the link, keeps one end, and sends the offer as a
// part of one message over the link that exists. The other side takes it: it makes its own end of what has arrived.
//
// The identity of the peer is that of the link that exists. The end of the taking side reports the offering process, as the kernel knows it;
// the end of the offering side need not know which process has taken the offer.
#pragma once

#include <array>
#include <cstddef>

#include "core/status.h"
#include "platform/handle.h"
#include "platform/link_end.h"

namespace ringwire {

inline constexpr size_t kOfferTextBytesMax = 64;

// The parts that let the peer take the offer: a text that only the platform can read, and a handle to be sent with it. Either may be missing.
// To be destroyed after it was sent: it may be the offering side's hold on the peer's end.
struct LinkOffer {
	std::array<std::byte, kOfferTextBytesMax> text{};
	size_t text_bytes = 0;
	HandleOwner handle;
};

// `own_end`: messages can be sent to it at once, and reach the peer when it has taken the offer.
[[nodiscard]] Status offer_link(LinkEnd& own_end, LinkOffer& offer);

// The handle is taken over in any case. CORRUPT: text and handle are no offer, as the peer has lied.
[[nodiscard]] Status take_link(const std::byte* text, size_t text_bytes, ReceivedHandle& handle, LinkEnd& end);

} // namespace ringwire
