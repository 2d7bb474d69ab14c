// One connection to one peer: its socket, how far its handshake is, and who is at the other end. What it shares depends
// on the role and is added by WriterLink and ReaderLink.
#pragma once

#include <cstdint>
#include <string>

#include "channel/event.h"
#include "platform/link_socket.h"

namespace ringwire {

// What passed over one link so far.
struct LinkCounts {
	Peer peer;
	uint64_t messages = 0; // a writer's: read by that reader; a reader's: read from that writer
	uint64_t bytes = 0;    // a reader's only: nobody tells the writer
	uint64_t lost = 0;     // a reader's only
	uint64_t rings = 0;
};

struct Link {
	enum class State : uint8_t {
		kGreeting, // no valid hello from the peer yet
		kAgreed,   // it said hello; the writer has sent its welcome, the reader waits for one
		kOpen,     // messages flow
		kDraining, // reader: the peer is gone and its lane is not read to the end
		kGone,     // to be destroyed
	};

	Link() = default;
	Link(const Link&) = delete;
	Link& operator=(const Link&) = delete;
	virtual ~Link() = default;

	LinkSocket socket;
	State state = State::kGreeting;
	Peer peer;
	std::string label;      // under which this endpoint has found the peer, else empty
	bool accepted = false;  // the peer connected to us and has to say who it is first
	bool greeted = false;   // we have said hello
	bool heard = false;     // the peer has said hello, whatever it was
	bool awaited = false;   // it was on the channel when we came: what we do before it is linked is for it too
	uint64_t deadline = 0;  // when the handshake is given up; 0: never
	bool vouched = false;   // who the peer is was found out before, over another link
	uint64_t rings = 0;     // doorbells that we rang there
	bool owes_ring = false; // the kernel had no room for a doorbell
	bool said_bye = false;
	Event::Reason reason = Event::Reason::kClosed; // why it departs, of a link whose departure is told later
	bool ended = false;                            // writer's end: it has ended and its lane is read to the end
};

[[nodiscard]] inline bool shaking_hands(const Link& link) {
	return link.state == Link::State::kGreeting || link.state == Link::State::kAgreed;
}

[[nodiscard]] inline bool shaking_hands_or_open(const Link& link) {
	return shaking_hands(link) || link.state == Link::State::kOpen;
}

} // namespace ringwire
