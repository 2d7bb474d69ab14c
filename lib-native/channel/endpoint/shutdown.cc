#include "channel/endpoint/shutdown.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

void Shutdown::begin(uint64_t time, const Peer* forwarder) {
	if (self_.over()) {
		return;
	}
	const bool begun = time_ != 0;
	time_ = std::max(time_, time);
	if (begun) {
		return; // a stranger has forwarded it too, while it was greeted below
	}
	acceptor_.accept_all();
	self_.shut_down();
	RINGWIRE_STEP("shutdown: begun");
	if (forwarder != nullptr) {
		events_.push({Event::Type::kShutdown, *forwarder, {}, 0, {}}); // once, however many peers forward it
	}
	std::vector<std::string> reached;
	send_over_links(reached);
	retries_.give_up_labels();
	if (forwarder == nullptr && !is_duplex(self_.role)) {
		rendezvous_.list_others(unannounced_);
		std::erase_if(unannounced_, [&reached](const std::string& label) {
			return std::find(reached.begin(), reached.end(), label) != reached.end();
		});
	}
	rendezvous_.withdraw();
	announce();
	doorbell_.wake_soon();
}

void Shutdown::send_over_links(std::vector<std::string>& reached) {
	const WireShutdown message = make_shutdown(time_, self_.role, self_.id);
	const auto bye = static_cast<uint8_t>(WireType::kBye);
	for (Link& link : links_.all()) {
		if (link.is(Link::State::kOpen)) {
			if (link.socket.send(&message, sizeof message) == LinkEnd::Sent::kYes) {
				reached.push_back(link.label());
			}
			RINGWIRE_STEP("shutdown: sent");
		} else if (link.shaking_hands()) {
			if (link.socket.open() && link.is_promised()) {
				if (link.socket.send(&message, sizeof message) == LinkEnd::Sent::kYes) {
					reached.push_back(link.label());
				}
				(void)link.socket.send(&bye, 1);
			}
			if (link.is(Link::State::kAgreed)) {
				link.abandoning();
			}
			doorbell_.close(link); // a handshake on a channel that has ended
		}
	}
}

void Shutdown::announce() {
	std::erase_if(unannounced_, [this](const std::string& label) { return announce_to(label); });
	if (!unannounced_.empty()) {
		retries_.set(kConnectRetryNanos);
	}
}

bool Shutdown::announce_to(const std::string& label) const {
	LinkEnd socket;
	Status ignored; // an endpoint that cannot be reached at all has no link either
	const MeetingPlace::Dialled dialled = rendezvous_.dial(label, socket, ignored);
	if (dialled == MeetingPlace::Dialled::kYes && rendezvous_.may_join(socket)) {
		const WireShutdown message = make_shutdown(time_, self_.role, self_.id);
		const LinkEnd::Sent sent = socket.send(&message, sizeof message);
		RINGWIRE_STEP("shutdown: announced");
		return sent != LinkEnd::Sent::kBusy;
	}
	return dialled != MeetingPlace::Dialled::kBusy;
}

void Shutdown::take(Link& link, const void* message) {
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	if (shutdown.time < self_.born && !link.introduced()) {
		// The shutdown was before this endpoint's opening, and the peer had not received it when the two linked. It is not for this
		// endpoint, and the link stays: a reader over there was promised everything that was written by then, so it holds this writer
		// back until it has read that, is at its end and leaves; a writer over there writes no more and leaves as well.
		return;
	}
	RINGWIRE_STEP("shutdown: received");
	if (link.is(Link::State::kAgreed)) {
		link.complete(); // it may be open for the peer
	}
	begin(shutdown.time, &link.peer);
}

void Shutdown::take_announced(Link& link, const void* message) {
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	const Credentials credentials = link.socket.credentials();
	const auto role = static_cast<Role>(shutdown.role);
	const Peer forwarder{shutdown.endpoint, credentials.process, credentials.user,
	                     role == Role::kWriter ? Role::kWriter : Role::kReader};
	doorbell_.close(link);
	if (shutdown.time >= self_.born && !is_duplex(self_.role)) {
		RINGWIRE_STEP("shutdown: received");
		begin(shutdown.time, &forwarder);
	}
}

} // namespace ringwire
