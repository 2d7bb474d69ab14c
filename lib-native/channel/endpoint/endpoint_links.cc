// The links of an endpoint: the messages on them, and their ends.
#include "channel/endpoint/endpoint.h"

#include <cstring>
#include <string>

#include "core/step.h"

namespace ringwire {

bool Endpoint::serve(Link& link) {
	for (int i = 0; i < kLinkMessagesPerTurn && link.socket.open(); ++i) {
		alignas(8) std::byte message[kWireBytesMax];
		size_t length = 0;
		ReceivedHandle handle;
		bool truncated = false;
		switch (link.socket.receive(message, sizeof message, length, handle, truncated)) {
		case LinkEnd::Received::kNothing:
			return false;
		case LinkEnd::Received::kGone:
			RINGWIRE_STEP("end-of-file: received");
			lost_peer(link);
			return false;
		case LinkEnd::Received::kMessage:
			if (take_message(link, message, length, handle, truncated)) {
				return true;
			}
			break;
		}
	}
	return false;
}

bool Endpoint::take_message(Link& link, const void* message, size_t length, ReceivedHandle& handle, bool truncated) {
	const auto type = static_cast<WireType>(*static_cast<const uint8_t*>(message));
	const bool bare = !handle.held() && !truncated;
	const bool greeted = link.state() >= Link::State::kSharing; // the peer has
	const bool stranger = link.is(Link::State::kConnected) && !link.introduced();
	if (type == WireType::kRing && length == 1 && greeted && bare) {
		if (link.is(Link::State::kAgreed)) {
			link.complete();
		} else {
			link.rung();
		}
		return true; // each round of service looks at the shared memory
	}
	if (type == WireType::kHello && !greeted) {
		handshake_.take_hello(link, message, length, !bare);
	} else if (truncated && link.is(Link::State::kSharing)) {
		handshake_.refuse(
			link, Status::failure(Code::kLimit, "this process has no descriptor left for the peer's memory"), true);
	} else if (!bare) {
		take_handle(link, type, message, length, handle);
	} else if (type == WireType::kBye && length == 1 && greeted) {
		RINGWIRE_STEP("bye: received");
		link.reason = Event::Reason::kClosed;
		lost_peer(link);
	} else if (type == WireType::kShutdown && is_shutdown(message, length) && greeted) {
		shutdown_.take(link, message);
	} else if (type == WireType::kShutdown && is_shutdown(message, length) && stranger) {
		shutdown_.take_announced(link, message);
	} else if (type == WireType::kRefuse && length == sizeof(WireRefuse)) {
		take_refusal(link, message);
	} else if (type == WireType::kQuery && length == 1 && stranger) {
		answer_query(link);
	} else if ((static_cast<uint8_t>(type) & kWireOptional) == 0) {
		take_role_message(link, type, message, length, handle);
	}
	return false;
}

void Endpoint::take_role_message(Link& link, WireType type, const void* message, size_t length,
                                 ReceivedHandle& handle) {
	if (link.state() < Link::State::kSharing ||
	    link.received(type, message, length, handle) == Link::Answer::kNotExpected) {
		expel(link, Status::failure(Code::kCorrupt, "unexpected message of type " +
		                                                std::to_string(static_cast<unsigned>(type)) + " with " +
		                                                std::to_string(length) + " bytes from the peer"));
	}
}

// One message of the handshake carries a handle, or two if the writer has a pool. After the last one the kernel refuses handles for this link,
// where it can.
void Endpoint::take_handle(Link& link, WireType type, const void* message, size_t length, ReceivedHandle& handle) {
	const bool expected = link.is(Link::State::kSharing) && handle.held();
	if (expected && type != WireType::kPool) {
		link.socket.refuse_handles();
	}
	if (!expected || link.received(type, message, length, handle) == Link::Answer::kNotExpected) {
		expel(link,
		      Status::failure(Code::kCorrupt, "the peer sent a handle with a message of type " +
		                                          std::to_string(static_cast<unsigned>(type)) + " that carries none"));
	}
}

void Endpoint::take_refusal(Link& link, const void* message) {
	WireRefuse refusal;
	std::memcpy(&refusal, message, sizeof refusal);
	if (!link.is(Link::State::kOpen)) {
		handshake_.refuse(link, refused_by_peer(refusal), false);
		return;
	}
	link.cutting_off();
	events_.push_error(link.peer, refused_by_peer(refusal));
	link.reason = Event::Reason::kCorrupt;
	part(link); // reported after the last message of its lane
}

void Endpoint::answer_query(Link& link) {
	WireReport report;
	std::memset(&report, 0, sizeof report);
	report.type = static_cast<uint8_t>(WireType::kReport);
	report.role = static_cast<uint8_t>(self_.role);
	report.endpoint = self_.id;
	report.peers = open_links();
	set_wire_text(report.overflow, sizeof report.overflow, overflow_name(self_.contract.overflow));
	set_wire_text(report.codec, sizeof report.codec, self_.contract.codec);
	describe(report);
	(void)link.socket.send(&report, sizeof report);
	doorbell_.close(link);
}

// --- Rings

void Endpoint::ring(Link& link) {
	Status status;
	const LinkEnd::Sent sent = doorbell_.ring(link, status);
	after_ring(link, sent, std::move(status));
}

void Endpoint::knock(Link& link) {
	Status status;
	const LinkEnd::Sent sent = doorbell_.knock(link, status);
	after_ring(link, sent, std::move(status));
}

void Endpoint::after_ring(Link& link, LinkEnd::Sent sent, Status status) {
	if (sent == LinkEnd::Sent::kBusy) {
		retries_.set(kRingRetryNanos);
	} else if (sent == LinkEnd::Sent::kFailed) {
		expel(link, std::move(status)); // a peer that cannot be woken is none
	}
}

std::vector<LinkCounts> Endpoint::link_counts() {
	std::vector<LinkCounts> counts;
	if (left()) {
		return counts;
	}
	for (const Link& link : table_.all()) {
		if (link.is(Link::State::kOpen) || link.is(Link::State::kDraining)) {
			LinkCounts& entry = counts.emplace_back();
			entry.peer = link.peer;
			entry.rings = link.rings;
			link.count(entry);
		}
	}
	return counts;
}

// --- Ends

void Endpoint::lost_peer(Link& link) {
	if (link.is(Link::State::kAgreed)) {
		link.complete();
	}
	if (link.is(Link::State::kOpen)) {
		part(link);
		return;
	}
	const bool has_agreed = link.is(Link::State::kAgreed);
	if (has_agreed) {
		(void)link.parted();
	}
	const bool is_complete = is_duplex(self_.role) && has_agreed; // both sides have what they need
	if (link.dialled() && !self_.over() && !is_complete) {
		// Redialling finds out whether the peer is dead, and removes its name then.
		handshake_.redial_later(link);
		return;
	}
	if (link.introduced()) {
		events_.push(link.departure(link.reason));
	}
	doorbell_.close(link);
}

// The peer of an open link is gone: the socket is closed, the rest is up to the role.
void Endpoint::part(Link& link) {
	const Link::State next = link.parted();
	if (link.is(Link::State::kGone)) {
		return; // the last that it left us was a lie, and it was expelled for that
	}
	doorbell_.hang_up(link);
	RINGWIRE_STEP("part: link closed");
	if (next == Link::State::kDraining) {
		link.drain();
	} else {
		link.forget();
		events_.push(link.departure(link.reason));
	}
	if (link.reason == Event::Reason::kDied && rendezvous_.remove_dead(link.peer)) {
		retries_.set(kConnectRetryNanos);
	}
}

void Endpoint::expel(Link& link, Status status) {
	const bool was_open = link.is(Link::State::kOpen) || link.is(Link::State::kDraining);
	const bool can_be_reached = link.socket.open();
	link.cutting_off();
	handshake_.turn_away(link, std::move(status), can_be_reached);
	if (was_open || link.introduced()) {
		events_.push(link.departure(Event::Reason::kCorrupt));
	}
	call_back_soon();
}

} // namespace ringwire
