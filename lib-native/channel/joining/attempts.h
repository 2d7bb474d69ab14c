// The attempts to link with peers: further attempts after a failure, the failures that are events, and silent peers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "channel/event_queue.h"
#include "channel/joining/refusal.h"
#include "channel/joining/retries.h"
#include "channel/link/link_table.h"
#include "channel/membership.h"

namespace ringwire {

class Attempts {
public:
	// They must live longer.
	Attempts(const Membership& self, EventQueue& events, Retries& retries)
		: self_(self), events_(events), retries_(retries) {}
	Attempts(const Attempts&) = delete;
	Attempts& operator=(const Attempts&) = delete;

	// This side could not connect to the endpoint with this label, or its handshake failed. A shortage on either side is reported once, and the
	// attempt is made again until it is over. A timeout is not reported: the next attempt decides.
	void could_not_connect(const std::string& label, const Peer& peer, Status status);
	// The same of a peer that has connected to this side, and tries again by itself.
	void could_not_accept(const Peer& peer, Status status);
	// Another attempt follows. A client looks for its server anew.
	void come_again(const std::string& label);
	void dead(const std::string& label);
	void linked(const Link& link);

	// A reader must not look complete without a writer that it found. A late writer is not dead: one error event names it, and the reader
	// dials it again.
	void note_silence(const Link& link);
	// Of those that were on the channel first, which were not linked in time, and still may be.
	[[nodiscard]] bool has_silent_peer() const { return !silent_.empty(); }

	// Of a one-way channel only: a client decides by each error, and a server waits for no peer.
	void note_refusal(const Peer& peer, const Status& status);
	// Reports a refusal, unless some link or attempt is left. A label that is dialled again only because its peer refused does not count;
	// every other one does, and so does every handshake.
	void report_refusal(const LinkTable& links);

private:
	const Membership& self_;
	EventQueue& events_;
	Retries& retries_;
	Refusal refusal_;
	std::vector<std::string>
		silent_; // labels of writers that a reader has found and that have not answered for too long
};

[[nodiscard]] Status too_many(const char* what, size_t limit);

} // namespace ringwire
