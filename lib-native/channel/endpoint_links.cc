// The links of an endpoint: the messages on them, and their ends.
#include "channel/endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

bool Endpoint::serve_link(Link& link) {
	for (int i = 0; i < kLinkMessagesPerTurn && link.socket.open(); ++i) {
		alignas(8) std::byte message[kWireBytesMax];
		size_t length = 0;
		ReceivedHandle shared;
		bool truncated = false;
		switch (link.socket.receive(message, sizeof message, length, shared, truncated)) {
		case LinkSocket::Received::kNothing:
			return false;
		case LinkSocket::Received::kGone:
			RINGWIRE_STEP("end-of-file: received");
			lost_peer(link);
			return false;
		case LinkSocket::Received::kMessage:
			if (take_message(link, message, length, shared.release(), truncated)) {
				return true;
			}
			break;
		}
	}
	return false;
}

bool Endpoint::take_message(Link& link, const void* message, size_t length, OsHandle region, bool truncated) {
	const auto type = static_cast<WireType>(*static_cast<const uint8_t*>(message));
	ReceivedHandle handle(region);
	const bool bare = !handle.held() && !truncated;
	const bool greeted = link.state >= Link::State::kSharing; // the peer has
	if (type == WireType::kRing && length == 1 && greeted && bare) {
		if (link.state == Link::State::kAgreed) {
			complete(link);
		}
		return true; // each round of service looks at the shared memory
	}
	if (type == WireType::kHello && !greeted) {
		take_hello(link, message, length, !bare);
	} else if (!bare) {
		if (truncated && link.state == Link::State::kSharing) {
			refuse(link, Status::failure(Code::kLimit, "this process has no descriptor left for the peer's memory"),
			       true);
		} else {
			take_handle(link, type, message, length, handle);
		}
	} else if (type == WireType::kBye && length == 1 && greeted) {
		RINGWIRE_STEP("bye: received");
		link.reason = Event::Reason::kClosed;
		lost_peer(link);
	} else if (type == WireType::kShutdown && length == sizeof(WireShutdown) && greeted) {
		take_shutdown(link, message);
	} else if (type == WireType::kShutdown && length == sizeof(WireShutdown) && link.state == Link::State::kConnected &&
	           !link.introduced()) {
		take_announced_shutdown(link, message);
	} else if (type == WireType::kRefuse && length == sizeof(WireRefuse)) {
		take_refusal(link, message);
	} else if (type == WireType::kQuery && length == 1 && link.state == Link::State::kConnected && !link.introduced()) {
		answer_query(link);
	} else if ((static_cast<uint8_t>(type) & kWireOptional) == 0 &&
	           (!greeted || received(link, type, message, length, handle) == Answer::kNotExpected)) {
		expel(link, Status::failure(Code::kCorrupt, "unexpected message of type " +
		                                                std::to_string(static_cast<unsigned>(type)) + " with " +
		                                                std::to_string(length) + " bytes from the peer"));
	}
	return false;
}

// One message of the handshake carries a handle. After it the kernel refuses handles for this link, where it can.
void Endpoint::take_handle(Link& link, WireType type, const void* message, size_t length, ReceivedHandle& handle) {
	const bool expected = link.state == Link::State::kSharing && handle.held();
	if (expected) {
		link.socket.refuse_handles();
	}
	if (!expected || received(link, type, message, length, handle) == Answer::kNotExpected) {
		expel(link,
		      Status::failure(Code::kCorrupt, "the peer sent a handle with a message of type " +
		                                          std::to_string(static_cast<unsigned>(type)) + " that carries none"));
	}
}

void Endpoint::take_refusal(Link& link, const void* message) {
	WireRefuse refusal;
	std::memcpy(&refusal, message, sizeof refusal);
	if (link.state != Link::State::kOpen) {
		refuse(link, refused_by_peer(refusal), false);
		return;
	}
	push_event({Event::Type::kError, link.peer, {}, 0, refused_by_peer(refusal)});
	part(link, Event::Reason::kCorrupt); // reported after the last message of its lane
}

void Endpoint::take_shutdown(Link& link, const void* message) {
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	if (shutdown.time < born_ && !link.introduced()) {
		// The shutdown was before this endpoint's opening, and the peer had not received it when the two linked. It is not for this
		// endpoint, and the link stays: a reader over there was promised everything that was written by then, so it holds this writer
		// back until it has read that, is at its end and leaves; a writer over there writes no more and leaves as well.
		return;
	}
	RINGWIRE_STEP("shutdown: received");
	if (link.state == Link::State::kAgreed) {
		complete(link); // it may be open for the peer
	}
	shutdown_as_of(shutdown.time, &link.peer);
}

// From an endpoint without a link to this one, see announce_shutdown.
void Endpoint::take_announced_shutdown(Link& link, const void* message) {
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	const Credentials credentials = link.socket.credentials();
	const auto role = static_cast<Role>(shutdown.role);
	const Peer teller{shutdown.endpoint, credentials.process, credentials.user,
	                  role == Role::kWriter ? Role::kWriter : Role::kReader};
	close_link(link);
	if (shutdown.time >= born_ && !is_duplex(role_)) {
		RINGWIRE_STEP("shutdown: received");
		shutdown_as_of(shutdown.time, &teller);
	}
}

void Endpoint::ring(Link& link) {
	RINGWIRE_STEP("ring: due");
	if (knock(link)) {
		rings_ += 1;
		link.rings += 1;
	}
}

bool Endpoint::knock(Link& link) {
	const auto message = static_cast<uint8_t>(WireType::kRing);
	// Full: a message waits there already, and wakes it as well. Gone: end-of-file follows. Busy: nothing has come there, and
	// nobody else rings for this sleep.
	Status status;
	const LinkSocket::Sent sent = link.socket.send(&message, 1, status);
	link.owes_ring = sent == LinkSocket::Sent::kBusy;
	RINGWIRE_STEP("ring: sent");
	if (link.owes_ring) {
		retries_.set(kRingRetryNanos);
		set_next_alarm();
	} else if (sent == LinkSocket::Sent::kFailed) {
		expel(link, std::move(status)); // a peer that cannot be woken is none
	}
	return !link.owes_ring;
}

size_t Endpoint::open_links() const {
	if (left()) {
		return 0;
	}
	return static_cast<size_t>(std::count_if(links_.begin(), links_.end(),
	                                         [](const auto& link) { return link->state == Link::State::kOpen; }));
}

std::vector<LinkCounts> Endpoint::link_counts() const {
	std::vector<LinkCounts> counts;
	if (left()) {
		return counts;
	}
	for (const auto& link : links_) {
		if (link->state == Link::State::kOpen || link->state == Link::State::kDraining) {
			LinkCounts& entry = counts.emplace_back();
			entry.peer = link->peer;
			entry.rings = link->rings;
			count_link(*link, entry);
		}
	}
	return counts;
}

void Endpoint::lost_peer(Link& link) {
	if (link.state == Link::State::kAgreed) {
		complete(link);
	}
	if (link.state == Link::State::kOpen) {
		part(link, link.reason);
		return;
	}
	if (link.state == Link::State::kAgreed) {
		(void)parted(link);
	}
	const bool is_complete = is_duplex(role_) && link.state == Link::State::kAgreed; // both sides have what they need
	if (link.origin == Link::Origin::kDialled && !over_ && !is_complete) {
		// Redialling finds out whether the peer is dead, and removes its name then.
		redial_later(link);
		return;
	}
	if (link.introduced()) {
		report_departure(link, link.reason);
	}
	close_link(link);
}

void Endpoint::part(Link& link, Event::Reason reason) {
	link.reason = reason;
	const Link::State next = parted(link);
	if (link.state == Link::State::kGone) {
		return; // the last that it left us was a lie, and it was expelled for that
	}
	close_link(link);
	RINGWIRE_STEP("part: link closed");
	link.state = next;
	if (next == Link::State::kGone) {
		report_departure(link, reason);
	}
	if (reason == Event::Reason::kDied && rendezvous_.remove_dead(link.peer)) {
		retries_.set(kConnectRetryNanos);
	}
}

void Endpoint::expel(Link& link, Status status) {
	const bool was_open = link.state == Link::State::kOpen || link.state == Link::State::kDraining;
	const bool can_be_told = link.socket.open();
	turn_away(link, std::move(status), can_be_told);
	if (was_open || link.introduced()) {
		report_departure(link, Event::Reason::kCorrupt);
	}
	call_back_soon();
}

void Endpoint::report_departure(const Link& link, Event::Reason reason) {
	push_event({Event::Type::kDisconnect, link.peer, reason, 0, {}, link.ended});
}

void Endpoint::close_link(Link& link) {
	disconnect(link);
	link.state = Link::State::kGone;
}

void Endpoint::disconnect(Link& link) {
	last_ringer_ = last_ringer_ == &link ? nullptr : last_ringer_;
	if (link.socket.open()) {
		wait_set_.unwatch(link.socket.handle());
		link.socket.close();
	}
}

void Endpoint::forget_gone_links() {
	std::erase_if(links_, [](const auto& link) { return link->state == Link::State::kGone; });
}

} // namespace ringwire
