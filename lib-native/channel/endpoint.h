// The common part of writers, readers, servers and clients: a rendezvous with the other endpoints of the channel, links to every endpoint of
// the opposite role, their handshakes and their ends. All of it happens on one thread, inside the calls of this class. Nothing
// here waits for a peer except `service_until`; `join` waits kLockWaitNanosMax at most for the lock, if it finds an endpoint that
// excludes this one, and for what another member of the group is creating. endpoint.cc has the life of an
// endpoint, endpoint_strangers.cc the connections that it accepts, endpoint_handshake.cc the handshakes, endpoint_links.cc the
// messages of open links and their ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channel/contract.h"
#include "channel/event_queue.h"
#include "channel/link.h"
#include "channel/neighbours.h"
#include "channel/refusal.h"
#include "channel/rendezvous.h"
#include "channel/retries.h"
#include "channel/wire.h"
#include "platform/clock.h"
#include "platform/fork.h"
#include "platform/wait_set.h"

namespace ringwire {

// The results of `service`, as bits.
enum Wake : uint32_t { kWakeNone = 0, kWakeData = 1, kWakeSpace = 2, kWakeDrained = 4, kWakeEvents = 8 };

// How long a client waits before it looks for its server again; each pause is twice the one before.
struct Pauses {
	uint64_t next = kServerRetryNanos;
	uint64_t longest = kServerRetryNanos;
};

class Endpoint {
public:
	Endpoint(const Contract& contract, Role role);
	Endpoint(const Endpoint&) = delete;
	Endpoint& operator=(const Endpoint&) = delete;
	virtual ~Endpoint() = default; // the roles leave in theirs

	// Readable when `service` has something to do.
	[[nodiscard]] OsHandle pollable() const { return wait_set_.pollable(); }
	// Does everything that has become possible: accepts, handshakes, doorbells, farewells.
	[[nodiscard]] uint32_t service() { return service_within(0) | std::exchange(owed_, kWakeNone); }
	// `service` while another endpoint blocks this thread; the next `service` returns the results.
	void serve_aside() { owed_ |= service_within(0); }
	// Makes `service` run soon, for what was found outside of it.
	void call_back_soon();
	// From now on, a call that blocks in this endpoint serves its neighbours. They must live longer.
	void live_among(Neighbours& neighbours) { neighbours_ = &neighbours; }
	// The oldest event that was not taken yet; false: none.
	[[nodiscard]] bool take_event(Event& event) { return events_.take(event); }
	[[nodiscard]] bool has_events() const { return !events_.empty(); }
	// So many wait to be taken that nobody may be looking for them: it is not served aside any more.
	[[nodiscard]] bool crowded() const { return events_.size() >= kEventsAsideMax; }

	// Ends the channel for every endpoint that is on it now. Endpoints that are opened later are on a new channel of that name.
	void shutdown() { shutdown_as_of(monotonic_nanos(), nullptr); }
	// Says goodbye, unless the program has failed and is to be seen as dead, and releases everything. Published messages
	// stay readable for the peers that have mapped the lane. In a child by fork it does nothing, and the endpoint has left there.
	void leave(bool say_bye = true);
	[[nodiscard]] bool left() const { return left_ || !opener_.is_of_this_process(); }
	[[nodiscard]] uint64_t rings() const { return rings_; }
	[[nodiscard]] size_t open_links() const;
	// How long a handshake that begins from now on may take until we hear the next of it; for tests, which cannot wait.
	void limit_silence(uint64_t nanos) { silence_nanos_ = nanos; }
	// One for each connected peer.
	[[nodiscard]] std::vector<LinkCounts> link_counts() const;
	// Bytes of shared memory that exist or stay because of this endpoint.
	[[nodiscard]] virtual uint64_t mapped_bytes() const { return 0; }

protected:
	// Appears on the channel and connects to every endpoint of the opposite role. A client goes on looking in `service`.
	[[nodiscard]] Status join();
	// Instead of `join`: one link over a socket that somebody else has made, and never another one. Takes the socket over.
	[[nodiscard]] Status adopt(OsHandle socket, const Peer& peer, bool greet_first);
	// Waits for anything to happen, at most until `deadline` (of the monotonic clock; UINT64_MAX: for ever), and does it.
	[[nodiscard]] uint32_t service_until(uint64_t deadline);
	// To be called after the last `service_until` of a call that blocks: whatever else has happened is told by the loop.
	void end_blocking();

	// The roles' parts.
	[[nodiscard]] virtual std::unique_ptr<Link> make_link() = 0;
	virtual void prepare_hello(WireHello&) {}
	// Whether there is room for one more peer. Called before this side says hello to it.
	[[nodiscard]] virtual Status admit() { return {}; }
	// Both sides have said hello. Failure: the link is refused.
	[[nodiscard]] virtual Status greeted(Link& link, const WireHello& hello) = 0;
	// A message of one of the role's own types, in kSharing or later. The handle is the role's, and must be what that type carries.
	// kNotExpected: the peer is expelled as CORRUPT.
	enum class Answer : uint8_t { kTaken, kNotExpected };
	[[nodiscard]] virtual Answer received(Link& link, WireType type, const void* message, size_t length,
	                                      ReceivedHandle& handle) = 0;
	// The peer of an open link is gone: kGone to forget the link, kDraining to keep what it shared.
	[[nodiscard]] virtual Link::State parted(Link& link) = 0;
	// In kAgreed: the peer has rung, or is gone. Calls `opened` if this side can use the link.
	virtual void complete(Link&) {}
	// After each round of service: completes waits whose condition has become true, and returns them as bits.
	[[nodiscard]] virtual uint32_t progress() = 0;
	// Whether a link could still be of use to it.
	[[nodiscard]] virtual bool needs_peers() const { return true; }
	virtual void describe(WireReport& report) = 0;
	// Fills in what the role counts for a link.
	virtual void count_link(const Link& link, LinkCounts& counts) const = 0;

	// True: it rang. Messages behind the ring are left for another round.
	bool serve_link(Link& link);
	void accept_strangers();
	// Accepts every connection in the backlog, and takes the hello of each peer that is connected.
	void greet_strangers();
	void opened(Link& link);
	// Ends a shortage that was reported for it.
	void dialled_peer_is_linked(const Link& link) { retries_.connected(link.label); }
	// Sends what the handshake needs. Fails when it cannot be sent though the peer is there; else end-of-file follows.
	[[nodiscard]] static Status say(Link& link, const void* message, size_t length, OsHandle share = kNoHandle);
	void await_peer(Link& link);
	void refuse(Link& link, Status status, bool tell_peer);
	// An open link ends here: its socket is closed, the rest is up to `parted`.
	void part(Link& link, Event::Reason reason);
	void report_departure(const Link& link, Event::Reason reason);
	// The peer lied: tells it, closes the link at once and reports.
	void expel(Link& link, Status status);
	void close_link(Link& link);
	void disconnect(Link& link);
	// Wakes it from a sleep, which is counted.
	void ring(Link& link);
	// Sends the doorbell alone. False: the kernel had no room, and it follows.
	bool knock(Link& link);
	void could_not_accept(const Peer& peer, Status status);
	// Of those that were on the channel first, which were not linked in time, and still may be.
	[[nodiscard]] bool has_silent_peer() const { return !silent_.empty(); }
	void push_event(Event event) { events_.push(std::move(event)); }
	void push_loss(const Link& link, uint64_t count) { events_.push_loss(link.peer, count); }
	void forget_gone_links();

	Contract contract_;
	Role role_;
	uint64_t id_;
	const ProcessMark opener_;
	uint64_t born_; // when it was opened, by the clock that all share
	std::vector<std::unique_ptr<Link>> links_;
	WaitSet wait_set_;
	Pauses pauses_;             // of a client
	uint32_t owed_ = kWakeNone; // found out while this thread was blocked, for the next `service` to answer
	bool over_ = false;         // shut down
	bool left_ = false;

	// True: the endpoint has left, or this is a child of its process by fork. Every public function checks it before it uses a handle or
	// shared memory.
	[[nodiscard]] bool gone() {
		left_ = left();
		return left_;
	}
	// For the functions that open an endpoint, which has not left yet.
	[[nodiscard]] Status check_process() const;

private:
	[[nodiscard]] uint32_t service_within(int64_t timeout_nanos);
	[[nodiscard]] bool rung_as_before();
	void serve_ready(int64_t timeout_nanos);
	[[nodiscard]] Status enter();
	void look_for_server();
	void look_again_later(); // of a client, for its server
	// `awaited`: see Link.
	void connect_to(const std::string& label, bool awaited);
	[[nodiscard]] bool dial(Link& link);
	void dial_again();
	void note_silence(const Link& link);
	void come_again(const std::string& label);
	void could_not_connect(const std::string& label, const Peer& peer, Status status);
	[[nodiscard]] static Status too_many(const char* what, size_t limit);
	void note_refusal(const Peer& peer, const Status& status);
	void tell_refusal();
	[[nodiscard]] Status greet(Link& link);
	void receive_beyond_strangers(Link& newest);
	// `teller`: the peer that forwarded it, null for a call of `shutdown`.
	void shutdown_as_of(uint64_t time, const Peer* teller);
	void take_shutdown(Link& link, const void* message);
	void take_refusal(Link& link, const void* message);
	bool take_message(Link& link, const void* message, size_t length, OsHandle region, bool truncated);
	void take_hello(Link& link, const void* message, size_t length, bool with_handle);
	void take_handle(Link& link, WireType type, const void* message, size_t length, ReceivedHandle& handle);
	// False: the link is closed, because another one to the same peer is kept.
	[[nodiscard]] bool settle_duplicate(Link& link);
	[[nodiscard]] Status check_id(const Link& link) const;
	[[nodiscard]] std::string label_of(const Link& link) const;
	[[nodiscard]] bool has_link_to(const std::string& label) const;
	void redial_later(Link& link);
	void announce_shutdown();
	[[nodiscard]] bool announce_shutdown_to(const std::string& label);
	void take_announced_shutdown(Link& link, const void* message);
	void give_up(Link& link);
	void answer_query(Link& link);
	void lost_peer(Link& link);
	void decline(Link& link, const Status& status, bool tell_peer);
	void turn_away(Link& link, Status status, bool tell_peer);
	void on_alarm();
	void end_handshakes(uint64_t now);
	void set_next_alarm();
	[[nodiscard]] size_t strangers() const;

	Rendezvous rendezvous_;
	EventQueue events_;
	std::vector<std::string>
		silent_; // names of writers that a reader has found and that have not answered for too long
	Refusal refusal_;
	Retries retries_; // of connections, and of whatever else the rendezvous could not do at once
	Link* last_ringer_ = nullptr;
	int rounds_unasked_ = 0; // of service, without a question to the wait set
	uint64_t alarm_at_ = 0;
	uint64_t shutdown_time_ = 0;           // the latest that was received
	std::vector<std::string> unannounced_; // endpoints that have not taken the shutdown yet: their backlogs are full
	uint64_t rings_ = 0;
	uint64_t silence_nanos_ = kHandshakeNanosMax;
	Neighbours* neighbours_ = nullptr;
	bool service_soon_ = false;
};

} // namespace ringwire
