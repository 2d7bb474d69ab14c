// One connection to one peer: its socket, its state and the peer's identity. WriterLink, ReaderLink and DuplexLink add what their roles
// share over it.
#pragma once

#include <cstdint>
#include <string>

#include "channel/event.h"
#include "platform/link_socket.h"

namespace ringwire {

// Traffic of one link.
struct LinkCounts {
	Peer peer;
	uint64_t messages = 0; // of a writer: read by that reader; of a reader: read from that writer
	uint64_t bytes = 0;    // of a reader only: a writer does not count them
	uint64_t lost = 0;     // of a reader only
	uint64_t rings = 0;
};

struct Link {
	//   dialled:     Dialling <-> Greeting -> Sharing -> Agreed -> Open -> Draining -> Gone
	//   accepted:    Connected ------------^
	//   introduced:  Connected or Greeting ^
	// Every state can become Gone.
	enum class State : uint8_t {
		kDialling,  // no connection now: it is dialled again
		kConnected, // connected, and this side has not said hello
		kGreeting,  // this side has said hello, the peer has not
		kSharing,   // both have said hello and exchange regions
		kAgreed,    // writer: welcome is sent; reader: ready is sent; duplex: the peer's introduction is here
		kOpen,      // messages flow
		kDraining,  // reader: the peer is gone, and its lane has unread messages
		kGone,      // to be destroyed
	};
	enum class Origin : uint8_t {
		kDialled,    // by this side, under a name of the rendezvous
		kAccepted,   // from the backlog of this side
		kIntroduced, // over a connection of a server and a client, which have identified each other
	};

	Link() = default;
	Link(const Link&) = delete;
	Link& operator=(const Link&) = delete;
	virtual ~Link() = default;

	[[nodiscard]] bool introduced() const { return origin == Origin::kIntroduced; }
	[[nodiscard]] bool shaking_hands() const { return state < State::kOpen; }
	[[nodiscard]] bool has_greeted() const { return state >= State::kGreeting; }
	// The peer's valid hello is here, and the handshake is not complete.
	[[nodiscard]] bool is_promised() const { return state == State::kSharing || state == State::kAgreed; }

	LinkSocket socket;
	State state = State::kConnected;
	Origin origin = Origin::kAccepted;
	Peer peer;
	std::string label;    // of a dialled link: where the peer was found
	bool awaited = false; // the peer was on the channel before this endpoint, which promised it everything from then on
	uint64_t born = 0;    // of the peer, from its hello
	uint64_t deadline = 0;                       // end of the handshake; 0: none
	uint64_t rings = 0;                          // doorbells sent
	bool owes_ring = false;                      // the kernel had no room for a doorbell
	Event::Reason reason = Event::Reason::kDied; // of the departure, if the link ended now
	bool ended = false;                          // writer's end: it has called end() and its lane is read to the end
};

} // namespace ringwire
