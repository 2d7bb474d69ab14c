// The wake-ups of an endpoint and of its peers: the wait set with the sockets of its links, the alarm, and the rings in both directions.
#pragma once

#include <cstdint>

#include "channel/link/link.h"
#include "platform/wait_set.h"

namespace ringwire {

class Doorbell {
public:
	[[nodiscard]] Status open() { return wait_set_.open(); }
	// Ready when a round of service has something to do.
	[[nodiscard]] WaitSet& wait_set() { return wait_set_; }

	// From now on messages of the peer wake the endpoint. The link must not move.
	[[nodiscard]] Status watch(Link& link);
	// Closes the link's socket.
	void hang_up(Link& link);
	// Closes the link's socket, and the link is gone.
	void close(Link& link) {
		hang_up(link);
		link.forget();
	}
	// All links are being destroyed.
	void links_cleared() { last_ringer_ = nullptr; }

	// Wakes the peer from a sleep, which is counted.
	[[nodiscard]] LinkEnd::Sent ring(Link& link, Status& status);
	// Wakes the peer. kBusy: the kernel had no room, and the link owes the ring.
	[[nodiscard]] LinkEnd::Sent knock(Link& link, Status& status);
	[[nodiscard]] uint64_t rings() const { return rings_; }

	// Makes a round of service come soon, for what was found outside of one.
	void wake_soon() {
		soon_ = true;
		set_alarm(0);
	}
	// The next round comes at this time at the latest, 0: not because of the time.
	void set_alarm(uint64_t at);
	// As `set_alarm`, unless the alarm is earlier already.
	void advance_alarm(uint64_t at);
	// The alarm has gone off.
	void alarm_taken() {
		alarm_at_ = 0;
		soon_ = false;
	}

	// Most wakes are the ring of the link that rang last. Serving it first saves a call of the wait set. Everything else that is
	// ready stays so until the next round that asks the wait set, kRoundsUnaskedMax rounds later at the latest. Null: ask the wait set.
	[[nodiscard]] Link* expected();
	void rang(Link& link) { last_ringer_ = &link; }
	// Waits at most so long for anything to be ready, see WaitSet.
	[[nodiscard]] int collect(void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos);

private:
	WaitSet wait_set_;
	Link* last_ringer_ = nullptr;
	int rounds_unasked_ = 0; // without a question to the wait set
	bool soon_ = false;
	uint64_t alarm_at_ = 0;
	uint64_t rings_ = 0;
};

} // namespace ringwire
