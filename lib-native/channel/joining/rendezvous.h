// How the endpoints of a channel find each other, and which of them exclude each other: a name belongs to one kind of channel at a time, and a
// duplex channel has one server.
//
// An endpoint appears at the meeting place first and looks for others then, so of two that come at the same time at least one finds the other.
// A client never appears, as no endpoint looks for it. An endpoint that finds another one that excludes it looks again while it holds the
// place's lock, and withdraws if that one is still there. So of several that exclude each other and come at the same time exactly one stays.
// Only if the lock is held by a process that does not release it may all of them withdraw.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "channel/event.h"
#include "channel/membership.h"
#include "platform/link_end.h"
#include "platform/meeting_place.h"
#include "platform/wait_set.h"

namespace ringwire {

class Rendezvous {
public:
	// They must live longer. The wait set returns the address of the rendezvous when a connection waits.
	Rendezvous(const Membership& self, WaitSet& wait_set) : self_(self), wait_set_(wait_set) {}
	Rendezvous(const Rendezvous&) = delete;
	Rendezvous& operator=(const Rendezvous&) = delete;

	// Must be called before everything else.
	[[nodiscard]] Status find();
	// Appears, unless it has appeared before or is a client, and looks for the labels of the opposite role. Some may be of dead endpoints. On
	// failure the endpoint is not on the channel.
	[[nodiscard]] Status enter(std::vector<std::string>& labels);
	// A client enters again and again until it withdraws.
	[[nodiscard]] bool looks_for_server() const { return !has_label(self_.role) && !gone_; }
	// A client that has found no server removes what killed ones have left.
	void tidy_up() const { place_.tidy_up(); }
	// The labels of all endpoints of the channel but this one; some can be dead.
	void list_others(std::vector<std::string>& labels) const;
	// From now on no endpoint finds this one.
	void withdraw();

	[[nodiscard]] MeetingPlace::Dialled dial(const std::string& label, LinkEnd& end, Status& status) const {
		return place_.dial(label, end, status);
	}
	// Whether the process at the other end may be on the channel.
	[[nodiscard]] bool may_join(const LinkEnd& end) const { return place_.admits(end); }
	// Removes the label of an endpoint whose death was reported. True: it answers still, since the kernel closes its links one
	// after the other, and is to be looked at again soon.
	[[nodiscard]] bool remove_dead(const Peer& peer);
	// Looks at these again. True: some answer still.
	[[nodiscard]] bool remove_dying();

	[[nodiscard]] bool listening() const { return listening_; }
	// After kLimit no connection is accepted before `listen_again`.
	[[nodiscard]] MeetingPlace::Accepted accept(LinkEnd& end);
	// False: it still cannot, and is to be asked again.
	[[nodiscard]] bool listen_again();

private:
	[[nodiscard]] Status look(std::vector<std::string>& labels) const;
	[[nodiscard]] Status check_against(const std::string& label) const;
	[[nodiscard]] Status appear();
	[[nodiscard]] Status look_under_lock(std::vector<std::string>& labels);

	const Membership& self_;
	WaitSet& wait_set_;
	MeetingPlace place_;
	bool has_place_ = false; // a direction of a duplex channel has none
	bool appeared_ = false;
	bool gone_ = false;
	bool listening_ = false;
	std::vector<std::pair<std::string, unsigned>>
		dying_; // labels that answer after a death, and how often to look again
};

} // namespace ringwire
