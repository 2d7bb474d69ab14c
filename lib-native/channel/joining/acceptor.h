// The connections that an endpoint accepts, as far as there is room. A hello is taken before silent connections fill the room.
#pragma once

#include "channel/joining/handshake.h"
#include "channel/joining/rendezvous.h"

namespace ringwire {

class Acceptor {
public:
	// They must live longer.
	Acceptor(Handshake::Host& host, LinkTable& links, Rendezvous& rendezvous, Doorbell& doorbell, Retries& retries,
	         Attempts& attempts, Handshake& handshake)
		: host_(host), links_(links), rendezvous_(rendezvous), doorbell_(doorbell), retries_(retries),
		  attempts_(attempts), handshake_(handshake) {}
	Acceptor(const Acceptor&) = delete;
	Acceptor& operator=(const Acceptor&) = delete;

	// Accepts some connections. True: there may be more.
	bool accept_some();
	// Accepts every connection in the backlog, and takes the hello of each peer that is connected.
	void accept_all();

private:
	void accept(LinkEnd& end);
	[[nodiscard]] bool too_many_strangers();

	Handshake::Host& host_;
	LinkTable& links_;
	Rendezvous& rendezvous_;
	Doorbell& doorbell_;
	Retries& retries_;
	Attempts& attempts_;
	Handshake& handshake_;
};

} // namespace ringwire
