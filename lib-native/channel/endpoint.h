// What writers and readers have in common: a name in the channel's folder, a socket that listens there, links to every
// endpoint of the opposite role, their handshakes and their ends. All of it happens on one thread, inside the calls of
// this class; nothing here waits except `wait_sync`.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "channel/contract.h"
#include "channel/event.h"
#include "channel/link.h"
#include "channel/wire.h"
#include "platform/folder.h"
#include "platform/wait_set.h"

namespace ringwire {

// What `service` found out, as bits.
enum Wake : uint32_t { kWakeNone = 0, kWakeData = 1, kWakeSpace = 2, kWakeDrained = 4, kWakeEvents = 8 };

class Endpoint {
public:
	Endpoint(const Contract& contract, Role role);
	Endpoint(const Endpoint&) = delete;
	Endpoint& operator=(const Endpoint&) = delete;
	virtual ~Endpoint() = default; // the roles leave in theirs

	// Readable when `service` has something to do.
	[[nodiscard]] OsHandle pollable() const { return wait_set_.pollable(); }
	// Does everything that has become possible: accepts, handshakes, doorbells, farewells.
	[[nodiscard]] uint32_t service() { return service_within(0); }
	// The oldest event that was not taken yet; false: none.
	[[nodiscard]] bool take_event(Event& event);
	[[nodiscard]] bool has_events() const { return !events_.empty(); }

	// Tells everybody that the channel is over.
	void shutdown();
	// Says goodbye, unless the program has failed and is to be seen as dead, and gives everything back. What was published
	// stays readable for those who have it mapped.
	void leave(bool say_bye = true);
	[[nodiscard]] bool left() const { return left_; }
	[[nodiscard]] uint64_t rings() const { return rings_; }
	[[nodiscard]] size_t open_links() const;

protected:
	// Finds the folder, connects to everybody of the opposite role and becomes visible. When the folder's lock is busy the
	// rest happens in `service`.
	[[nodiscard]] Status join();
	// Instead of `join`: one link over a socket that somebody else has made, and never another one. Takes the socket over.
	[[nodiscard]] Status adopt(OsHandle socket, const Peer& peer, bool greet_first);
	// Waits for anything to happen, at most until `deadline` (of the monotonic clock; UINT64_MAX: for ever), and does it.
	[[nodiscard]] uint32_t service_until(uint64_t deadline);

	// The roles' parts.
	[[nodiscard]] virtual std::unique_ptr<Link> make_link(Status& status) = 0;
	virtual void prepare_hello(Link& link, WireHello& hello, OsHandle& share) = 0;
	// Whether one more peer may be taken in, asked before it is told anything of ours.
	[[nodiscard]] virtual Status admit() { return {}; }
	// A valid hello came with the peer's lane or cursor (of a duplex channel: with a link of its own). Failure: the link is refused.
	[[nodiscard]] virtual Status agreed(Link& link, const WireHello& hello, OsHandle region) = 0;
	// Any other message. False: it has no business here.
	[[nodiscard]] virtual bool received(Link& link, WireType type, const void* message, size_t length) = 0;
	// The peer of an open link is gone: kGone to forget the link, kDraining to keep what it shared.
	[[nodiscard]] virtual Link::State parted(Link& link) = 0;
	virtual void channel_over() = 0;
	// After each round of service: what does it mean for whoever waits?
	[[nodiscard]] virtual uint32_t progress() = 0;
	virtual void describe(WireReport& report) = 0;

	void opened(Link& link);
	// An open link ends here: its socket is closed, the rest is up to `parted`.
	void part(Link& link, Event::Reason reason);
	void report_departure(const Link& link, Event::Reason reason);
	// The peer lied: tells it, closes the link at once and reports.
	void expel(Link& link, Status status);
	void close_link(Link& link);
	void ring(Link& link);
	void push_event(Event event) { events_.push_back(std::move(event)); }
	// Makes `service` run soon, for what was found outside of it.
	void call_back_soon();
	void forget_gone_links();

	Contract contract_;
	Role role_;
	uint64_t id_;
	std::vector<std::unique_ptr<Link>> links_;
	WaitSet wait_set_;
	bool over_ = false; // shut down
	bool left_ = false;

private:
	enum class Presence : uint8_t { kJoining, kJoined, kGone };

	[[nodiscard]] uint32_t service_within(int64_t timeout_nanos);
	void try_to_join(Status& status);
	void connect_to(const std::string& path);
	void greet(Link& link);
	void accept_strangers();
	void serve_link(Link& link);
	void take_message(Link& link, const void* message, size_t length, OsHandle region, bool truncated);
	void take_hello(Link& link, const void* message, size_t length, OsHandle region, bool truncated);
	void answer_query(Link& link);
	void lost_peer(Link& link);
	void refuse(Link& link, Status status, bool tell_peer);
	void withdraw();
	void on_alarm();
	void set_next_alarm();
	[[nodiscard]] bool remove_if_dead(const std::string& path);
	[[nodiscard]] Status appear();
	[[nodiscard]] Status may_enter(const std::vector<std::string>& names);
	// Clients come and go without one: nobody looks for them.
	[[nodiscard]] bool has_name() const { return role_ != Role::kClient; }
	[[nodiscard]] bool may_join(const LinkSocket& socket) const;
	[[nodiscard]] size_t strangers() const;
	[[nodiscard]] std::string path_of(Role role, uint64_t id) const;

	std::string folder_;
	ListenSocket listener_;
	Presence presence_ = Presence::kJoining;
	std::deque<Event> events_;
	std::vector<std::string> retries_; // endpoints that could not take a connection
	uint64_t retry_at_ = 0;            // for retries_, the lock and the listener; 0: nothing to retry
	uint64_t alarm_at_ = 0;
	uint64_t rings_ = 0;
	bool listener_watched_ = false;
	bool service_soon_ = false;
};

} // namespace ringwire
