// Two ends of a link in one process, and what travels over them.
#pragma once

#include <cstring>
#include <string>

#include "platform/link_socket.h"
#include "platform/region.h"
#include "test/law.h"

namespace ringwire {

struct LinkPair {
	LinkPair() {
		OsHandle near_handle = kNoHandle;
		OsHandle far_handle = kNoHandle;
		made = make_link_pair(near_handle, far_handle);
		near.adopt(near_handle);
		far.adopt(far_handle);
	}
	Status made;
	LinkSocket near;
	LinkSocket far;
};

struct Arrival {
	LinkSocket::Received outcome = LinkSocket::Received::kNothing;
	std::string text;
	size_t length = 0;
	bool truncated = false;
	ReceivedHandle shared;
};

inline void receive_into(LinkSocket& link, Arrival& arrival, size_t room = 512) {
	char bytes[1024];
	arrival.outcome = link.receive(bytes, room, arrival.length, arrival.shared, arrival.truncated);
	if (arrival.outcome == LinkSocket::Received::kMessage) {
		arrival.text.assign(bytes, arrival.length < room ? arrival.length : room);
	}
}
inline std::string receive_text(LinkSocket& link) {
	Arrival arrival;
	receive_into(link, arrival);
	return arrival.outcome == LinkSocket::Received::kMessage ? arrival.text : std::string();
}
inline LinkSocket::Sent send_text(LinkSocket& link, const std::string& text, OsHandle share = kNoHandle) {
	return link.send(text.data(), text.size(), share);
}

// A copy of a handle, as a peer gets it.
inline OsHandle handle_of_peer(OsHandle handle) {
	LinkPair pair;
	Arrival arrival;
	if (send_text(pair.near, "x", handle) == LinkSocket::Sent::kYes) {
		receive_into(pair.far, arrival);
	}
	return arrival.shared.release();
}

} // namespace ringwire
