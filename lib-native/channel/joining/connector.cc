#include "channel/joining/connector.h"

#include <utility>

#include "core/step.h"

namespace ringwire {

void Connector::connect(const std::string& label, bool awaited) {
	if (has_link_to(label)) {
		return; // the peer has dialled meanwhile
	}
	if (links_.full()) {
		attempts_.could_not_connect(label, {}, too_many("peers", kLinksMax));
		return;
	}
	Link& link = links_.add();
	link.dial(label, awaited);
	if (awaited) {
		handshake_.limit_time(link); // its process may be stopped
	}
	if (!dial(link)) {
		doorbell_.close(link);
	}
}

void Connector::connect_again() {
	for (Link& link : links_.all()) {
		if (link.is(Link::State::kDialling) && !dial(link)) {
			doorbell_.close(link);
		}
	}
	for (const std::string& label : retries_.take_labels()) {
		connect(label, false);
	}
}

bool Connector::has_link_to(const std::string& label) {
	for (const Link& link : links_.all()) {
		if (link.state() < Link::State::kDraining && link.label() == label) {
			return true;
		}
	}
	return false;
}

bool Connector::dial(Link& link) {
	const std::string label = link.label();
	Status status;
	switch (rendezvous_.dial(label, link.socket, status)) {
	case MeetingPlace::Dialled::kDead:
		attempts_.dead(label);
		return false;
	case MeetingPlace::Dialled::kBusy:
		if (link.awaited()) {
			retries_.set(kConnectRetryNanos);
			return true;
		}
		attempts_.come_again(label);
		return false;
	case MeetingPlace::Dialled::kFailed:
		attempts_.could_not_connect(label, {}, std::move(status));
		return false;
	case MeetingPlace::Dialled::kYes:
		break;
	}
	RINGWIRE_STEP("connect: connected");
	if (!rendezvous_.may_join(link.socket)) {
		status = Status::failure(Code::kAccess, "the endpoint '" + label + "' of '" + self_.contract.name +
		                                            "' belongs to another user");
	} else {
		status = doorbell_.watch(link);
	}
	if (status.ok()) {
		status = handshake_.greet(link);
	}
	if (!status.ok()) {
		attempts_.could_not_connect(label, {}, std::move(status));
		return false;
	}
	return true;
}

} // namespace ringwire
