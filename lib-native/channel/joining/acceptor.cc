#include "channel/joining/acceptor.h"

#include <utility>

#include "core/step.h"

namespace ringwire {

bool Acceptor::accept_some() {
	for (int i = 0; i < kAcceptsPerTurn; ++i) {
		if (!rendezvous_.listening()) {
			return false; // it may have been withdrawn in this very round
		}
		LinkEnd end;
		switch (rendezvous_.accept(end)) {
		case MeetingPlace::Accepted::kNothing:
			return false;
		case MeetingPlace::Accepted::kLimit:
			// Look again when a descriptor may have become free.
			attempts_.could_not_accept(
				{}, Status::failure(Code::kLimit, "a peer waits, but this process has no descriptor left for it"));
			retries_.set(kConnectRetryNanos);
			return false;
		case MeetingPlace::Accepted::kYes:
			accept(end);
			break;
		}
	}
	return true;
}

void Acceptor::accept(LinkEnd& end) {
	const bool full = links_.full();
	Link& link = links_.add();
	link.socket.adopt(end);
	RINGWIRE_STEP("accept: accepted");
	handshake_.limit_time(link);
	Status status;
	if (!rendezvous_.may_join(link.socket)) {
		status = Status::failure(Code::kAccess, "a process of another user tried to join");
	} else if (full) {
		status = too_many("peers", kLinksMax);
	} else {
		status = doorbell_.watch(link);
	}
	// Silent connections must not keep out a peer that has sent its hello by now, as an honest peer does at once.
	if (status.ok() && too_many_strangers()) {
		host_.serve(link);
		if (link.is(Link::State::kConnected)) {
			status = too_many("peers in the middle of their handshake", kStrangersMax);
		}
	}
	if (!status.ok()) {
		handshake_.refuse(link, std::move(status), true);
		doorbell_.wake_soon(); // to be destroyed, if this is outside of a round of service
	}
}

bool Acceptor::too_many_strangers() {
	size_t strangers = 0;
	if (links_.in_handshake() > kStrangersMax) {
		for (const Link& link : links_.all()) {
			strangers += link.shaking_hands() && link.origin() == Link::Origin::kAccepted ? 1 : 0;
		}
	}
	return strangers > kStrangersMax;
}

void Acceptor::accept_all() {
	// Connections that are made meanwhile can wait.
	for (int accepted = 0; accepted <= kBacklog && accept_some();) {
		accepted += kAcceptsPerTurn;
	}
	if (links_.in_handshake() != 0) {
		for (Link& link : links_.all()) {
			if (link.is(Link::State::kConnected)) {
				host_.serve(link);
			}
		}
	}
}

} // namespace ringwire
