// The shutdown of a channel: an endpoint calls it or receives it, and forwards it to every other endpoint that is on the channel by then.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "channel/joining/acceptor.h"

namespace ringwire {

class Shutdown {
public:
	// They must live longer.
	Shutdown(Membership& self, LinkTable& links, Rendezvous& rendezvous, Doorbell& doorbell, EventQueue& events,
	         Retries& retries, Acceptor& acceptor)
		: self_(self), links_(links), rendezvous_(rendezvous), doorbell_(doorbell), events_(events), retries_(retries),
		  acceptor_(acceptor) {}
	Shutdown(const Shutdown&) = delete;
	Shutdown& operator=(const Shutdown&) = delete;

	// The channel ends at this time of the clock that all processes share. `forwarder`: the peer that forwarded it, null for a call of
	// `shutdown`.
	void begin(uint64_t time, const Peer* forwarder);
	// A shutdown over an open link, or one whose peer may have it open.
	void take(Link& link, const void* message);
	// From an endpoint without a link to this one, see `announce`.
	void take_announced(Link& link, const void* message);
	// Endpoints of one role have no links with each other, and other links may not be open yet: each of those endpoints gets the shutdown
	// over a connection of its own. So does a peer whose link is full. The backlog keeps it for a stopped process, also when this
	// endpoint has left.
	void announce();

private:
	void send_over_links(std::vector<std::string>& reached);
	// False: its backlog is full, or the kernel is short of memory.
	[[nodiscard]] bool announce_to(const std::string& label) const;

	Membership& self_;
	LinkTable& links_;
	Rendezvous& rendezvous_;
	Doorbell& doorbell_;
	EventQueue& events_;
	Retries& retries_;
	Acceptor& acceptor_;
	uint64_t time_ = 0; // the latest that was received, 0: none
	std::vector<std::string>
		unannounced_; // labels of endpoints that have not taken the shutdown yet: their backlogs are full
};

} // namespace ringwire
