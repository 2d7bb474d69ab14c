// Connects an endpoint with the peers that it finds at the meeting place.
#pragma once

#include <string>

#include "channel/joining/handshake.h"
#include "channel/joining/rendezvous.h"

namespace ringwire {

class Connector {
public:
	// They must live longer.
	Connector(const Membership& self, LinkTable& links, Rendezvous& rendezvous, Doorbell& doorbell, Retries& retries,
	          Attempts& attempts, Handshake& handshake)
		: self_(self), links_(links), rendezvous_(rendezvous), doorbell_(doorbell), retries_(retries),
		  attempts_(attempts), handshake_(handshake) {}
	Connector(const Connector&) = delete;
	Connector& operator=(const Connector&) = delete;

	// `awaited`: see Link.
	void connect(const std::string& label, bool awaited);
	// Once more what has no connection.
	void connect_again();

private:
	[[nodiscard]] bool has_link_to(const std::string& label);
	// True: connected and greeted, or to be dialled again: an awaited peer stays awaited while its backlog is full.
	[[nodiscard]] bool dial(Link& link);

	const Membership& self_;
	LinkTable& links_;
	Rendezvous& rendezvous_;
	Doorbell& doorbell_;
	Retries& retries_;
	Attempts& attempts_;
	Handshake& handshake_;
};

} // namespace ringwire
