// The links of an endpoint that there are: what comes over them, and how they end.
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
	if (type == WireType::kHello && link.state == Link::State::kGreeting) {
		take_hello(link, message, length, region, truncated);
		return false;
	}
	const ReceivedHandle unasked(region); // nothing else comes with a handle
	const bool greeted = link.state != Link::State::kGreeting;
	if (type == WireType::kRing && length == 1 && greeted && !unasked.held() && !truncated) {
		if (link.state == Link::State::kAgreed) {
			complete(link);
		}
		return true; // whoever sleeps looks at the shared memory after each round of service
	}
	if (unasked.held() || truncated) {
		expel(link, Status::failure(Code::kCorrupt, "the peer sent a handle that nobody asked for"));
	} else if (type == WireType::kBye && length == 1 && greeted) {
		RINGWIRE_STEP("bye: received");
		link.said_bye = true;
		lost_peer(link);
	} else if (type == WireType::kShutdown && length == sizeof(WireShutdown) && greeted) {
		take_shutdown(link, message);
	} else if (type == WireType::kRefuse && length == sizeof(WireRefuse) && link.state != Link::State::kOpen) {
		WireRefuse refusal;
		std::memcpy(&refusal, message, sizeof refusal);
		refuse(link, refused_by_peer(refusal), false);
	} else if (type == WireType::kRefuse && length == sizeof(WireRefuse)) {
		WireRefuse refusal;
		std::memcpy(&refusal, message, sizeof refusal);
		push_event({Event::Type::kError, link.peer, {}, 0, refused_by_peer(refusal)});
		part(link, Event::Reason::kCorrupt); // told when what it had written is read
	} else if (type == WireType::kQuery && length == 1 && !greeted && link.accepted) {
		answer_query(link);
	} else if (!greeted || !received(link, type, message, length)) {
		expel(link, Status::failure(Code::kCorrupt, "the peer sent a message of type " +
		                                                std::to_string(static_cast<unsigned>(type)) + " with " +
		                                                std::to_string(length) + " bytes that has no business here"));
	}
	return false;
}

void Endpoint::take_shutdown(Link& link, const void* message) {
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	if (shutdown.time < born_ && !link.vouched) {
		// It was over before we came, and who tells us had not heard of that when we met. It is not for us, and the link stays
		// as it is: a reader over there has been promised what we had written by then, so it goes on holding us back until it
		// has read that, is at its end and leaves; a writer over there writes no more and leaves as well.
		return;
	}
	RINGWIRE_STEP("shutdown: received");
	if (link.state == Link::State::kAgreed) {
		complete(link); // it may be open over there
	}
	shutdown_as_of(shutdown.time, &link.peer);
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
	return static_cast<size_t>(std::count_if(links_.begin(), links_.end(),
	                                         [](const auto& link) { return link->state == Link::State::kOpen; }));
}

std::vector<LinkCounts> Endpoint::link_counts() const {
	std::vector<LinkCounts> counts;
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
		part(link, link.said_bye ? Event::Reason::kClosed : Event::Reason::kDied);
		return;
	}
	if (link.state == Link::State::kAgreed) {
		(void)parted(link);
	}
	const bool introduced = is_duplex(role_) && link.state == Link::State::kAgreed; // then both have what they need
	if (!link.label.empty() && !over_ && !introduced) {
		if (link.awaited && link.state == Link::State::kGreeting && !link.accepted) {
			// The peer may have closed this connection in favour of its own, which waits to be accepted here.
			dial_later(link);
			return;
		}
		// It went in the middle of the handshake. If it is dead, the next dial finds out and removes its label.
		come_again(link.label);
	}
	if (link.vouched) {
		report_departure(link, link.said_bye ? Event::Reason::kClosed : Event::Reason::kDied);
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
	link.state = Link::State::kGreeting; // nothing that it says counts any more
	turn_away(link, std::move(status), can_be_told);
	if (was_open || link.vouched) {
		report_departure(link, Event::Reason::kCorrupt);
	}
	call_back_soon();
}

void Endpoint::report_departure(const Link& link, Event::Reason reason) {
	push_event({Event::Type::kDisconnect, link.peer, reason, 0, {}, link.ended});
}

void Endpoint::close_link(Link& link) {
	last_ringer_ = last_ringer_ == &link ? nullptr : last_ringer_;
	if (link.socket.open()) {
		wait_set_.unwatch(link.socket.handle());
		link.socket.close();
	}
	link.state = Link::State::kGone;
}

void Endpoint::forget_gone_links() {
	std::erase_if(links_, [](const auto& link) { return link->state == Link::State::kGone; });
}

} // namespace ringwire
