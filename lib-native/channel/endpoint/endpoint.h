// The common part of writers, readers, servers and clients: an endpoint appears at the meeting place of its channel, has a link to every
// endpoint of the opposite role, and leaves. All of it happens on one thread, inside the calls of this class. Nothing here waits for a peer
// except `service_until`; `join` waits kLockWaitNanosMax at most for the lock, if it finds an endpoint that excludes this one, and for
// what another member of the group is creating.
//
// The parts, each of which uses only those before it: Membership (identity and life), EventQueue, LinkTable, Doorbell (wakes), Retries,
// Attempts (failures and further attempts), Rendezvous (the meeting place), Handshake (hellos), Connector and Acceptor (connections from either
// side), Shutdown. endpoint.cc has the life of an endpoint and its rounds of service, endpoint_links.cc the messages of links and their
// ends.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "channel/endpoint/neighbours.h"
#include "channel/endpoint/shutdown.h"
#include "channel/event_queue.h"
#include "channel/joining/acceptor.h"
#include "channel/joining/attempts.h"
#include "channel/joining/connector.h"
#include "channel/joining/handshake.h"
#include "channel/joining/rendezvous.h"
#include "channel/joining/retries.h"
#include "channel/link/doorbell.h"
#include "channel/link/link_table.h"
#include "channel/membership.h"

namespace ringwire {

// The results of `service`, as bits.
enum Wake : uint32_t {
	kWakeNone = 0,
	kWakeData = 1,
	kWakeSpace = 2,
	kWakeDrained = 4,
	kWakeEvents = 8,
	kWakeRoom = 16
};

// How long a client waits before it looks for its server again; each pause is twice the one before.
struct Pauses {
	uint64_t next = kServerRetryNanos;
	uint64_t longest = kServerRetryNanos;
};

class Endpoint : protected Handshake::Host {
public:
	// `links` is a member of the role.
	Endpoint(const Contract& contract, Role role, LinkTable& links);
	Endpoint(const Endpoint&) = delete;
	Endpoint& operator=(const Endpoint&) = delete;
	virtual ~Endpoint() = default; // the roles leave in theirs

	[[nodiscard]] uint64_t id() const { return self_.id; }
	// Ready when `service` has something to do.
	[[nodiscard]] WaitSet& wait_set() { return doorbell_.wait_set(); }
	// Does everything that has become possible: accepts, handshakes, doorbells, departures.
	[[nodiscard]] uint32_t service() { return service_within(0) | std::exchange(owed_, kWakeNone); }
	// `service` while another endpoint blocks this thread; the next `service` returns the results.
	void serve_aside() { owed_ |= service_within(0); }
	// Makes `service` run soon, for what was found outside of it.
	void call_back_soon() {
		if (!left()) {
			doorbell_.wake_soon();
		}
	}
	// From now on, a call that blocks in this endpoint serves its neighbours. They must live longer.
	void live_among(Neighbours& neighbours) { neighbours_ = &neighbours; }
	// The oldest event that was not taken yet; false: none.
	[[nodiscard]] bool take_event(Event& event) { return events_.take(event); }
	[[nodiscard]] bool has_events() const { return !events_.empty(); }
	// So many wait to be taken that the program may have forgotten them: it is not served aside any more.
	[[nodiscard]] bool crowded() const { return events_.size() >= kEventsAsideMax; }

	// Ends the channel for every endpoint that is on it now. Endpoints that are opened later are on a new channel of that name.
	void shutdown() { shutdown_.begin(monotonic_nanos(), nullptr); }
	// Sends a goodbye, unless the program has failed and is to be seen as dead, and releases everything. Published messages
	// stay readable for the peers that have mapped the lane. In a child by fork it does nothing, and the endpoint has left there.
	void leave(bool send_bye = true);
	[[nodiscard]] bool left() const { return self_.left(); }
	[[nodiscard]] uint64_t rings() const { return doorbell_.rings(); }
	[[nodiscard]] size_t open_links() const { return left() ? 0 : table_.count(Link::State::kOpen); }
	// The time limit of handshakes that begin from now on, until the next message; for tests, which cannot wait.
	void limit_silence(uint64_t nanos) { handshake_.limit_silence(nanos); }
	// One for each connected peer.
	[[nodiscard]] std::vector<LinkCounts> link_counts();
	// Bytes of shared memory that exist or stay because of this endpoint.
	[[nodiscard]] virtual uint64_t mapped_bytes() const { return 0; }

protected:
	// Appears on the channel and connects to every endpoint of the opposite role. A client goes on looking in `service`.
	[[nodiscard]] Status join();
	// Instead of `join`: one link, over an end that an introduction has made, and never another one. Takes the end over.
	[[nodiscard]] Status adopt(LinkEnd& end, const Peer& peer, bool greet_first);
	// Waits for anything to happen, at most until `deadline` (of the monotonic clock; UINT64_MAX: for ever), and does it.
	[[nodiscard]] uint32_t service_until(uint64_t deadline);
	// To be called after the last `service_until` of a call that blocks: the loop reports everything else that has happened.
	void end_blocking();
	// The peer has violated the protocol, or cannot be woken: sends it a refusal, closes the link at once and reports.
	void expel(Link& link, Status status);
	// Wakes it from a sleep, which is counted.
	void ring(Link& link);
	// Sends the doorbell alone.
	void knock(Link& link);
	bool serve(Link& link) override;

	// The roles' parts.
	// After each round of service: completes waits whose condition has become true, and returns them as bits.
	[[nodiscard]] virtual uint32_t progress() = 0;
	// Whether a link could still be of use to it.
	[[nodiscard]] virtual bool needs_peers() const { return true; }
	virtual void describe(WireReport& report) = 0;
	// It is about to leave: its links are still as they were.
	virtual void leaving() {}

	Membership self_;
	EventQueue events_;
	Doorbell doorbell_;
	Retries retries_;
	Attempts attempts_;
	Rendezvous rendezvous_;
	Handshake handshake_;
	Acceptor acceptor_;
	Pauses pauses_;             // of a client
	uint32_t owed_ = kWakeNone; // found out while this thread was blocked, for the next `service` to answer

private:
	[[nodiscard]] uint32_t service_within(int64_t timeout_nanos);
	void serve_ready(int64_t timeout_nanos);
	void on_alarm();
	void set_next_alarm();
	[[nodiscard]] Status enter();
	void look_for_server();
	// True: it was a ring.
	bool take_message(Link& link, const void* message, size_t length, ReceivedHandle& handle, bool truncated);
	void take_handle(Link& link, WireType type, const void* message, size_t length, ReceivedHandle& handle);
	void take_role_message(Link& link, WireType type, const void* message, size_t length, ReceivedHandle& handle);
	void take_refusal(Link& link, const void* message);
	void answer_query(Link& link);
	void lost_peer(Link& link);
	void part(Link& link);
	void after_ring(Link& link, LinkEnd::Sent sent, Status status);

	LinkTable& table_;
	Connector connector_;
	Shutdown shutdown_;
	Neighbours* neighbours_ = nullptr;
};

} // namespace ringwire
