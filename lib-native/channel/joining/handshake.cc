#include "channel/joining/handshake.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "channel/endpoint_label.h"
#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

namespace {

// A hello with the layouts behind it, as far as there are any.
class HelloMessage {
public:
	HelloMessage(const WireHello& hello, const Membership& self) {
		WireLayouts layouts;
		length_ = sizeof hello + make_layouts(self.contract, self.role, layouts);
		std::memcpy(bytes_, &hello, sizeof hello);
		std::memcpy(bytes_ + sizeof hello, &layouts, sizeof layouts);
	}
	[[nodiscard]] const void* data() const { return bytes_; }
	[[nodiscard]] size_t length() const { return length_; }

private:
	std::byte bytes_[kWireBytesMax];
	size_t length_ = 0;
};

} // namespace

Status Handshake::greet(Link& link) {
	link.hello_sent();
	WireHello hello = make_hello(self_.contract, self_.role, self_.id, self_.born);
	host_.prepare_hello(hello);
	const HelloMessage message(hello, self_);
	Status status = send(link, message.data(), message.length());
	RINGWIRE_STEP("hello: sent");
	return status;
}

Status Handshake::send(Link& link, const void* message, size_t length, OsHandle share) {
	Status status;
	switch (link.socket.send(message, length, status, share)) {
	case LinkEnd::Sent::kYes:
	case LinkEnd::Sent::kGone:
	case LinkEnd::Sent::kFailed:
		return status;
	case LinkEnd::Sent::kFull:
	case LinkEnd::Sent::kBusy:
		break;
	}
	return Status::failure(Code::kLimit, "the kernel has no room for a message of the handshake");
}

void Handshake::take_hello(Link& link, const void* message, size_t length, bool with_handle) {
	RINGWIRE_STEP("hello: received");
	WireHello hello;
	std::memset(&hello, 0, sizeof hello);
	std::memcpy(&hello, message, std::min(length, sizeof hello));
	WireLayouts layouts;
	std::memset(&layouts, 0, sizeof layouts);
	if (length > sizeof hello) {
		std::memcpy(&layouts, static_cast<const std::byte*>(message) + sizeof hello,
		            std::min(length - sizeof hello, sizeof layouts));
	}
	if (!link.introduced()) {
		const Credentials credentials = link.socket.credentials();
		link.peer = {hello.endpoint, credentials.process, credentials.user, opposite(self_.role)};
	}
	Status status = check_hello(hello, layouts, length, self_.contract, self_.role);
	if (status.ok() && with_handle) {
		status = Status::failure(Code::kCorrupt, "the peer's hello came with a handle");
	}
	if (!status.ok()) {
		if (!link.has_greeted()) {
			// The peer compares it, and its error names both values too.
			const HelloMessage own(make_hello(self_.contract, self_.role, self_.id, self_.born), self_);
			(void)link.socket.send(own.data(), own.length());
		}
		refuse(link, std::move(status), true);
		return;
	}
	if (!link.introduced()) {
		if (!settle_duplicate(link)) {
			return;
		}
		status = check_id(link);
		if (!status.ok()) {
			link.peer.id = 0; // not known
			refuse(link, std::move(status), true);
			return;
		}
	}
	if (is_duplex(self_.role) && link.origin() == Link::Origin::kAccepted && link.socket.peer_has_closed()) {
		doorbell_.close(
			link); // a client whose connect() has timed out: it has received nothing and must not take a place
		return;
	}
	status = host_.admit();
	if (!status.ok()) {
		events_.push_error(link.peer, status); // for each client, which does not try again
		decline(link, status, true);
		return;
	}
	if (!link.has_greeted()) {
		status = greet(link);
	}
	if (status.ok()) {
		link.hello_received(hello.born);
		limit_time(link);
		status = link.greeted(hello);
		RINGWIRE_STEP("hello: agreed");
	}
	if (!status.ok()) {
		refuse(link, std::move(status), true);
	}
}

// Each of two endpoints appears before it looks for the other, so both can find and dial each other. The dial of the one with the lower
// id wins on both sides, without an event.
bool Handshake::settle_duplicate(Link& link) {
	if (link.origin() != Link::Origin::kAccepted || is_duplex(self_.role)) {
		return true;
	}
	const std::string label = endpoint_label(link.peer.role, link.peer.id);
	for (Link& dialled : links_.all()) {
		if (!dialled.dialled() || dialled.label() != label) {
			continue;
		}
		if (dialled.socket.open() && dialled.socket.peer_has_closed()) {
			host_.serve(dialled); // its refusal decides what follows
		}
		if (link.is(Link::State::kGone)) {
			return false; // a shutdown was received
		}
		if (dialled.state() >= Link::State::kDraining) {
			continue;
		}
		if (dialled.socket.open()) {
			const Credentials listener = dialled.socket.credentials();
			if (listener.process != link.peer.process || listener.user != link.peer.user) {
				continue; // not the same peer: check_id refuses the one that lies
			}
			// A connection whose other end is closed was given up by the peer while it waited in the backlog.
			if (self_.id < link.peer.id || link.socket.peer_has_closed()) {
				doorbell_.close(link);
				return false;
			}
			if (dialled.is(Link::State::kOpen)) {
				continue;
			}
		}
		link.replace(dialled);
		if (dialled.is(Link::State::kAgreed)) {
			(void)dialled.parted();
		}
		doorbell_.close(dialled);
		return true;
	}
	return true;
}

// An endpoint is known by its id: under the id of another peer it could have this side forget that one.
Status Handshake::check_id(const Link& link) {
	const uint64_t id = link.peer.id;
	if (id == self_.id) {
		return Status::failure(Code::kCorrupt, "the peer's hello has the id of this endpoint");
	}
	if (link.dialled() && link.label() != endpoint_label(link.peer.role, id)) {
		return Status::failure(Code::kCorrupt,
		                       "the id in the peer's hello differs from the one in its name '" + link.label() + "'");
	}
	for (const Link& other : links_.all()) {
		const bool known = other.state() >= Link::State::kSharing && other.state() <= Link::State::kDraining;
		if (&other == &link || !known || other.peer.id != id) {
			continue;
		}
		// The peer may have given that link up and dialled again before this side has read the end of the other one.
		return other.is(Link::State::kDraining) || other.socket.peer_has_closed() || link.socket.peer_has_closed()
		           ? Status::failure(Code::kTimeout, "the former link to this peer has not ended yet")
		           : Status::failure(Code::kCorrupt, "the peer has the id of another peer");
	}
	return {};
}

void Handshake::limit_time(Link& link) {
	const bool at_client = link.introduced() && link.peer.role == Role::kServer;
	link.deadline = at_client ? 0 : monotonic_nanos() + silence_nanos_;
	if (link.deadline != 0) {
		doorbell_.advance_alarm(link.deadline);
	}
}

uint64_t Handshake::next_limit() {
	uint64_t next = 0;
	if (links_.in_handshake() != 0) {
		for (const Link& link : links_.all()) {
			if (link.shaking_hands() && link.deadline != 0 && (next == 0 || link.deadline < next)) {
				next = link.deadline;
			}
		}
	}
	return next;
}

void Handshake::end_late(uint64_t now) {
	const auto late = [now](const Link& link) {
		return link.shaking_hands() && link.deadline != 0 && link.deadline <= now;
	};
	for (Link& link : links_.all()) {
		if (late(link)) {
			host_.serve(link); // a message that has arrived by now is in time
		}
		if (late(link)) {
			give_up(link);
		}
	}
}

// A peer that is silent in its handshake may be stopped, or hostile: it takes a place, and its cursor would hold a lane back for ever. The
// side that dialled tries again; a refusal has the other side try again.
void Handshake::give_up(Link& link) {
	attempts_.note_silence(link);
	if (self_.role == Role::kReader && link.is(Link::State::kAgreed) && !link.introduced()) {
		link.deadline = 0; // the writer decides whether `ready` was in time; until then the lane stays mapped
		return;
	}
	if (link.is_promised()) {
		const WireRefuse refusal =
			make_refuse(Status::failure(Code::kTimeout, "the handshake took too long, and is tried again"));
		if (link.socket.send(&refusal, sizeof refusal) == LinkEnd::Sent::kBusy) {
			link.deadline = monotonic_nanos() + kRingRetryNanos; // end-of-file alone would look like a death
			return;
		}
	}
	if (link.is(Link::State::kAgreed)) {
		(void)link.parted();
	}
	if (link.dialled() || (self_.role == Role::kReader && link.is_promised())) {
		const std::string label = link.label();
		if (!label.empty()) {
			attempts_.come_again(label);
		}
	}
	if (link.introduced()) {
		events_.push(link.departure(Event::Reason::kDied));
	}
	doorbell_.close(link);
}

void Handshake::redial_later(Link& link) {
	doorbell_.close(link);
	if (!link.awaited() || self_.over()) {
		attempts_.come_again(link.label());
		return;
	}
	Link& next = links_.add();
	next.dial(link.label(), true);
	limit_time(next);
	retries_.set(kConnectRetryNanos);
}

void Handshake::opened(Link& link) {
	link.open();
	RINGWIRE_STEP("link: open");
	attempts_.linked(link);
	events_.push({Event::Type::kConnect, link.peer, {}, 0, {}});
}

// --- Refusals

void Handshake::refuse(Link& link, Status status, bool inform_peer) {
	turn_away(link, std::move(status), inform_peer);
	if (link.introduced()) {
		events_.push(link.departure(Event::Reason::kClosed)); // its only link
	}
}

void Handshake::turn_away(Link& link, Status status, bool inform_peer) {
	decline(link, status, inform_peer);
	if (link.introduced()) {
		if (status.code != Code::kTimeout) { // the disconnect event suffices, and the dialling side tries again
			events_.push_error(link.peer, std::move(status));
		}
	} else if (link.dialled() && link.awaited() && status.code == Code::kTimeout) {
		redial_later(link); // the peer has given up, because this side was slow
	} else if (link.dialled()) {
		attempts_.could_not_connect(link.label(), link.peer, std::move(status));
	} else {
		if (link.peer.id != 0) { // else it never sent a hello, and may have been no peer
			attempts_.note_refusal(link.peer, status);
		}
		attempts_.could_not_accept(link.peer, std::move(status));
	}
}

void Handshake::decline(Link& link, const Status& status, bool inform_peer) {
	if (inform_peer) {
		const WireRefuse refusal = make_refuse(status);
		(void)link.socket.send(&refusal, sizeof refusal);
	}
	if (link.is(Link::State::kAgreed)) {
		(void)link.parted();
	}
	doorbell_.close(link);
}

} // namespace ringwire
