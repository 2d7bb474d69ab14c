// The handshake of a link, from the first hello until it is open or refused. Both sides report the reason of a refusal. See channel/wire.h for
// the messages.
#pragma once

#include <cstddef>
#include <cstdint>

#include "channel/event_queue.h"
#include "channel/joining/attempts.h"
#include "channel/link/doorbell.h"
#include "channel/link/link_table.h"
#include "channel/membership.h"

namespace ringwire {

class Handshake {
public:
	// The endpoint whose links these are.
	class Host {
	public:
		// Receives from the link what has arrived. True: it rang, and messages behind the ring wait for another round.
		virtual bool serve(Link& link) = 0;
		// The role's part of the hello.
		virtual void prepare_hello(WireHello&) {}
		// Whether there is room for one more peer. Called before this side sends its hello to it.
		[[nodiscard]] virtual Status admit() { return {}; }

	protected:
		~Host() = default;
	};

	// They must live longer.
	Handshake(Host& host, const Membership& self, LinkTable& links, Doorbell& doorbell, EventQueue& events,
	          Retries& retries, Attempts& attempts)
		: host_(host), self_(self), links_(links), doorbell_(doorbell), events_(events), retries_(retries),
		  attempts_(attempts) {}
	Handshake(const Handshake&) = delete;
	Handshake& operator=(const Handshake&) = delete;

	// Sends this side's hello.
	[[nodiscard]] Status greet(Link& link);
	void take_hello(Link& link, const void* message, size_t length, bool with_handle);
	// Sends what the handshake needs. Fails when it cannot be sent though the peer is there; else end-of-file follows.
	[[nodiscard]] static Status send(Link& link, const void* message, size_t length, OsHandle share = kNoHandle);
	void opened(Link& link);
	void refuse(Link& link, Status status, bool inform_peer);
	// As `refuse`; the departure of an introduced peer is the caller's to report.
	void turn_away(Link& link, Status status, bool inform_peer);
	// The connection of a dialled link has ended in its handshake. An awaited peer stays awaited: a new link takes the place of this one.
	void redial_later(Link& link);

	// The handshake ends at its time limit, unless more of it arrives by then. A client limits the time of a connection itself; a server
	// does, because other clients need its places.
	void limit_time(Link& link);
	// Of handshakes that begin from now on, until the next message; for tests, which cannot wait.
	void limit_silence(uint64_t nanos) { silence_nanos_ = nanos; }
	// Ends the handshakes whose time is up.
	void end_late(uint64_t now);
	// When the next time limit ends, 0: there is none.
	[[nodiscard]] uint64_t next_limit();

private:
	// False: the link is closed, because another one to the same peer is kept.
	[[nodiscard]] bool settle_duplicate(Link& link);
	[[nodiscard]] Status check_id(const Link& link);
	void decline(Link& link, const Status& status, bool inform_peer);
	void give_up(Link& link);

	Host& host_;
	const Membership& self_;
	LinkTable& links_;
	Doorbell& doorbell_;
	EventQueue& events_;
	Retries& retries_;
	Attempts& attempts_;
	uint64_t silence_nanos_ = kHandshakeNanosMax;
};

} // namespace ringwire
