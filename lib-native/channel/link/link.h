// One connection to one peer: its socket, its state and the peer's identity. WriterLink, ReaderLink and DuplexLink add what their roles
// share over it.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "channel/event.h"
#include "channel/wire.h"
#include "platform/link_end.h"

namespace ringwire {

// Traffic of one link.
struct LinkCounts {
	Peer peer;
	uint64_t messages = 0; // of a writer: read by that reader; of a reader: read from that writer
	uint64_t bytes = 0;    // of a reader only: a writer does not count them
	uint64_t lost = 0;     // of a reader only
	uint64_t rings = 0;
	// Of a reader: open leases of messages of that writer. Of a writer: messages in its pool that leases of that reader keep.
	uint64_t leases = 0;
	uint64_t oldest_lease_nanos = 0; // its age; of a reader only
};

class Link {
public:
	//   dialled:     Dialling <-> Greeting -> Sharing -> Agreed -> Open -> Draining -> Gone
	//   accepted:    Connected ------------^
	//   introduced:  Connected or Greeting ^
	// Every state can become Gone.
	enum class State : uint8_t {
		kDialling,  // no connection now: it is dialled again
		kConnected, // connected, and this side has not sent its hello
		kGreeting,  // this side has sent its hello, the peer has not
		kSharing,   // both have sent their hellos and exchange regions
		kAgreed,    // writer: welcome is sent; reader: ready is sent; duplex: the peer's introduction is here
		kOpen,      // messages flow
		kDraining,  // reader: the peer is gone, and its lane has unread messages
		kGone,      // to be destroyed
	};
	// The number of links in each state.
	using Census = std::array<size_t, 8>;
	enum class Origin : uint8_t {
		kDialled,    // by this side, under a name of the rendezvous
		kAccepted,   // from the backlog of this side
		kIntroduced, // over a connection of a server and a client, which have identified each other
	};
	enum class Answer : uint8_t { kTaken, kNotExpected };

	Link() = default;
	Link(const Link&) = delete;
	Link& operator=(const Link&) = delete;
	virtual ~Link() = default;

	[[nodiscard]] State state() const { return state_; }
	[[nodiscard]] bool is(State state) const { return state_ == state; }
	[[nodiscard]] Origin origin() const { return origin_; }
	[[nodiscard]] bool dialled() const { return origin_ == Origin::kDialled; }
	[[nodiscard]] bool introduced() const { return origin_ == Origin::kIntroduced; }
	[[nodiscard]] bool shaking_hands() const { return state_ < State::kOpen; }
	[[nodiscard]] bool has_greeted() const { return state_ >= State::kGreeting; }
	// The peer's valid hello is here, and the handshake is not complete.
	[[nodiscard]] bool is_promised() const { return state_ == State::kSharing || state_ == State::kAgreed; }
	// A peer that was on the channel before this endpoint and has no open link yet. This endpoint promised it everything from then on.
	[[nodiscard]] bool awaited() const { return awaited_; }
	// The label under which the peer is found at the meeting place. Empty: not known, or introduced.
	[[nodiscard]] std::string label() const;
	[[nodiscard]] Event departure(Event::Reason because) const {
		return {Event::Type::kDisconnect, peer, because, 0, {}, ended};
	}

	// One function for each event in the life of a link. A fresh link was accepted.
	void introduce(const Peer& known_peer) {
		origin_ = Origin::kIntroduced;
		peer = known_peer;
	}
	void dial(const std::string& peers_label, bool is_awaited) {
		origin_ = Origin::kDialled;
		label_ = peers_label;
		awaited_ = is_awaited;
		enter(State::kDialling, state_ == State::kConnected);
	}
	void hello_sent() { enter(State::kGreeting, state_ <= State::kConnected); }
	void hello_received(uint64_t peer_born) {
		enter(State::kSharing, state_ == State::kGreeting);
		born = peer_born;
	}
	void agree() { enter(State::kAgreed, state_ == State::kSharing); }
	void open() {
		enter(State::kOpen, state_ == State::kAgreed);
		deadline = 0;
	}
	void drain() { enter(State::kDraining, state_ == State::kOpen); }
	void forget() { enter(State::kGone, true); }
	// Both sides have dialled, and this link is kept: if it ends in the handshake this endpoint dials again.
	void replace(const Link& dial) {
		origin_ = Origin::kDialled;
		label_ = dial.label_;
		awaited_ = dial.awaited_;
	}

	// The part of the role.
	// Both sides have sent their hellos. Failure: the link is refused.
	[[nodiscard]] virtual Status greeted(const WireHello& hello) = 0;
	// A message of one of the role's own types, in kSharing or later. The handle is the role's, and must be what that type carries.
	// kNotExpected: the peer is expelled as CORRUPT.
	[[nodiscard]] virtual Answer received(WireType type, const void* message, size_t length,
	                                      ReceivedHandle& handle) = 0;
	// In kAgreed: the peer has rung, or is gone. Opens the link if this side can use it.
	virtual void complete() {}
	// In kOpen: the peer has rung.
	virtual void rung() {}
	// The peer of a link in kAgreed or kOpen is gone. The next state: kDraining if its memory is still of use, else kGone.
	[[nodiscard]] virtual State parted() = 0;
	// This link to a peer that lives on is about to be closed, by either side.
	virtual void cutting_off() {}
	// The link is about to be closed in the middle of its handshake, and the peer may go on with what it has got.
	virtual void abandoning() {}
	virtual void count(LinkCounts& counts) const = 0;

	// The table that holds it counts its links.
	void enroll(Census& census) {
		census_ = &census;
		census[static_cast<size_t>(state_)] += 1;
	}

	LinkEnd socket;
	Peer peer;
	uint64_t born = 0;                           // of the peer, from its hello
	uint64_t deadline = 0;                       // end of the handshake; 0: none
	uint64_t rings = 0;                          // doorbells sent
	bool owes_ring = false;                      // the kernel had no room for a doorbell
	Event::Reason reason = Event::Reason::kDied; // of the departure, if the link ended now
	bool ended = false;                          // writer's end: it has called end() and its lane is read to the end

private:
	void enter(State next, [[maybe_unused]] bool is_possible) {
		assert(is_possible);
		if (census_ != nullptr) {
			(*census_)[static_cast<size_t>(state_)] -= 1;
			(*census_)[static_cast<size_t>(next)] += 1;
		}
		state_ = next;
	}

	State state_ = State::kConnected;
	Origin origin_ = Origin::kAccepted;
	bool awaited_ = false;
	std::string label_; // of a dialled link
	Census* census_ = nullptr;
};

} // namespace ringwire
