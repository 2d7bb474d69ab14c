// Two ends of a link in one process, and what travels over them.
#pragma once

#include <cstring>
#include <string>

#include "platform/introduction.h"
#include "platform/link_end.h"
#include "platform/region.h"
#include "test/law.h"

namespace ringwire {

struct LinkPair {
	LinkPair() {
		LinkOffer offer;
		made = offer_link(near, offer);
		if (made.ok()) {
			ReceivedHandle sent(offer.handle.release());
			made = take_link(offer.text.data(), offer.text_bytes, sent, far);
		}
	}
	Status made;
	LinkEnd near;
	LinkEnd far;
};

// As the kernel reports this process.
inline Credentials own_credentials() {
	const LinkPair pair;
	return pair.near.credentials();
}

struct Arrival {
	LinkEnd::Received outcome = LinkEnd::Received::kNothing;
	std::string text;
	size_t length = 0;
	bool truncated = false;
	ReceivedHandle shared;
};

inline void receive_into(LinkEnd& link, Arrival& arrival, size_t room = 512) {
	char bytes[1024];
	arrival.outcome = link.receive(bytes, room, arrival.length, arrival.shared, arrival.truncated);
	if (arrival.outcome == LinkEnd::Received::kMessage) {
		arrival.text.assign(bytes, arrival.length < room ? arrival.length : room);
	}
}
inline std::string receive_text(LinkEnd& link) {
	Arrival arrival;
	receive_into(link, arrival);
	return arrival.outcome == LinkEnd::Received::kMessage ? arrival.text : std::string();
}
inline LinkEnd::Sent send_text(LinkEnd& link, const std::string& text, OsHandle share = kNoHandle) {
	return link.send(text.data(), text.size(), share);
}

// A copy of a handle, as a peer gets it.
inline OsHandle handle_of_peer(OsHandle handle) {
	LinkPair pair;
	Arrival arrival;
	if (send_text(pair.near, "x", handle) == LinkEnd::Sent::kYes) {
		receive_into(pair.far, arrival);
	}
	return arrival.shared.release();
}

} // namespace ringwire
