// The connections that an endpoint accepts, as far as there is room. A hello is taken before silent connections fill the room.
#include "channel/endpoint.h"

#include <algorithm>

#include "core/step.h"

namespace ringwire {

Status Endpoint::too_many(const char* what, size_t limit) {
	return Status::failure(Code::kLimit, std::string("no more than ") + std::to_string(limit) + " " + what);
}

// One error event for each shortage, however many peers it keeps from being linked. A late peer retries by itself.
void Endpoint::could_not_accept(const Peer& peer, Status status) {
	const bool late = status.code == Code::kTimeout;
	const bool known = status.code == Code::kLimit && !retries_.is_news({});
	if (!late && !known) {
		push_event({Event::Type::kError, peer, {}, 0, std::move(status)});
	}
}

void Endpoint::accept_strangers() {
	for (int i = 0; i < kAcceptsPerTurn; ++i) {
		OsHandle handle = kNoHandle;
		const MeetingPlace::Accepted accepted = rendezvous_.accept(handle);
		if (accepted == MeetingPlace::Accepted::kNothing) {
			return;
		}
		if (accepted == MeetingPlace::Accepted::kLimit) {
			// Look again when a descriptor may have become free.
			could_not_accept(
				{}, Status::failure(Code::kLimit, "a peer waits, but this process has no descriptor left for it"));
			retries_.set(kConnectRetryNanos);
			return;
		}
		std::unique_ptr<Link> link = make_link();
		link->socket.adopt(handle);
		RINGWIRE_STEP("accept: accepted");
		link->deadline = monotonic_nanos() + silence_nanos_;
		if (!rendezvous_.may_join(link->socket)) {
			refuse(*link, Status::failure(Code::kAccess, "a process of another user tried to join"), true);
		} else if (links_.size() >= kLinksMax) {
			refuse(*link, too_many("peers", kLinksMax), true);
		} else if (!wait_set_.watch(handle, link.get())) {
			refuse(*link, Status::failure(Code::kLimit, "the kernel could not watch one more socket"), true);
		} else {
			links_.push_back(std::move(link));
			receive_beyond_strangers(*links_.back());
		}
	}
}

// Silent connections must not keep out a peer that has said hello by now, as an honest peer does at once.
void Endpoint::receive_beyond_strangers(Link& newest) {
	if (strangers() <= kStrangersMax) {
		return;
	}
	serve_link(newest);
	if (newest.state == Link::State::kConnected) {
		refuse(newest, too_many("peers in the middle of their handshake", kStrangersMax), true);
	}
}

size_t Endpoint::strangers() const {
	return static_cast<size_t>(std::count_if(links_.begin(), links_.end(), [](const auto& link) {
		return link->shaking_hands() && link->origin == Link::Origin::kAccepted;
	}));
}

void Endpoint::greet_strangers() {
	for (size_t before = links_.size() + 1; rendezvous_.listening() && links_.size() != before;) {
		before = links_.size();
		accept_strangers();
	}
	for (size_t i = 0; i < links_.size(); ++i) {
		if (links_[i]->state == Link::State::kConnected) {
			serve_link(*links_[i]);
		}
	}
	set_next_alarm(); // this may be outside of a service
}

} // namespace ringwire
