// How a link of an endpoint comes about: connecting, accepting, the hello of both sides, and what is said instead of one. It
// ends with `opened`, or with a refusal that names the reason on both sides.
#include "channel/endpoint.h"

#include <algorithm>
#include <cstring>

#include "channel/endpoint_label.h"
#include "core/step.h"

namespace ringwire {

void Endpoint::connect_to(const std::string& label, bool awaited) {
	Status status;
	std::unique_ptr<Link> link;
	if (links_.size() >= kLinksMax) {
		status = too_many("peers", kLinksMax);
	} else {
		link = make_link(status);
	}
	if (link == nullptr) {
		could_not_connect(label, {}, std::move(status));
		return;
	}
	link->label = label;
	if (awaited) {
		link->awaited = true;
		link->deadline = monotonic_nanos() + silence_nanos_; // it may be stopped
	}
	if (dial(*link)) {
		links_.push_back(std::move(link));
	}
}

// True: connected and greeted, or to be dialled again: an awaited peer stays awaited while its backlog is full.
bool Endpoint::dial(Link& link) {
	Status status;
	switch (rendezvous_.dial(link.label, link.socket, status)) {
	case MeetingPlace::Dialled::kDead:
		retries_.connected(link.label);
		std::erase(silent_, link.label);
		return false;
	case MeetingPlace::Dialled::kBusy:
		if (link.awaited) {
			retries_.set(kConnectRetryNanos);
			return true;
		}
		come_again(link.label);
		return false;
	case MeetingPlace::Dialled::kFailed:
		could_not_connect(link.label, {}, std::move(status));
		return false;
	case MeetingPlace::Dialled::kYes:
		break;
	}
	RINGWIRE_STEP("connect: connected");
	if (!rendezvous_.may_join(link.socket)) {
		status = Status::failure(Code::kAccess, "the endpoint '" + link.label + "' of '" + contract_.name +
		                                            "' belongs to another user");
	} else if (!wait_set_.watch(link.socket.handle(), &link)) {
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
	}
	if (status.ok()) {
		status = greet(link);
	}
	if (!status.ok()) {
		could_not_connect(link.label, {}, std::move(status));
		return false;
	}
	return true;
}

// The peer stays awaited meanwhile.
void Endpoint::dial_later(Link& link) {
	wait_set_.unwatch(link.socket.handle());
	link.socket.close();
	link.greeted = false;
	retries_.set(kConnectRetryNanos);
}

void Endpoint::dial_again() {
	for (const auto& link : links_) {
		if (link->awaited && link->state == Link::State::kGreeting && !link->socket.open() && !dial(*link)) {
			close_link(*link);
		}
	}
}

void Endpoint::come_again(const std::string& label) {
	if (rendezvous_.has_label()) {
		retries_.connect_later(label);
	} else {
		retries_.set(kConnectRetryNanos); // it looks for its server anew
	}
}

// Out of something, here or there: told once, and tried again until there is enough of it. Out of time is nothing to tell: the
// next attempt decides.
void Endpoint::could_not_connect(const std::string& label, const Peer& peer, Status status) {
	note_refusal(peer, status);
	const bool late = status.code == Code::kTimeout;
	if (!late && status.code != Code::kLimit) {
		std::erase(silent_, label); // it has answered, or never will
	}
	if ((late || status.code == Code::kLimit) && rendezvous_.has_label() && !over_) {
		retries_.connect_later(label);
		if (late || !retries_.is_news(label)) {
			return;
		}
	}
	push_event({Event::Type::kError, peer, {}, 0, std::move(status)});
}

Status Endpoint::greet(Link& link) {
	link.greeted = true;
	WireHello hello = make_hello(contract_, role_, id_);
	OsHandle share = kNoHandle;
	prepare_hello(link, hello, share);
	hello.has_region = share != kNoHandle ? 1 : 0;
	Status status = say(link, &hello, sizeof hello, share);
	RINGWIRE_STEP("hello: sent");
	return status;
}

Status Endpoint::say(Link& link, const void* message, size_t length, OsHandle share) {
	Status status;
	switch (link.socket.send(message, length, status, share)) {
	case LinkSocket::Sent::kYes:
	case LinkSocket::Sent::kGone:
	case LinkSocket::Sent::kFailed:
		return status;
	case LinkSocket::Sent::kFull:
	case LinkSocket::Sent::kBusy:
		break;
	}
	return Status::failure(Code::kLimit, "the kernel has no room for what is to be said to the peer");
}

void Endpoint::take_hello(Link& link, const void* message, size_t length, OsHandle region, bool truncated) {
	ReceivedHandle owner(region);
	link.socket.refuse_handles(); // no later message carries one
	RINGWIRE_STEP("hello: received");
	link.heard = true;
	WireHello hello;
	std::memset(&hello, 0, sizeof hello);
	std::memcpy(&hello, message, std::min(length, sizeof hello));

	if (!link.vouched) {
		const Credentials credentials = link.socket.credentials();
		link.peer = {hello.endpoint, credentials.process, credentials.user, opposite(role_)};
	}
	Status status = check_hello(hello, length, contract_, role_);
	if (!status.ok()) {
		if (!link.greeted) {
			// So that the other side can name both values too; without our memory.
			const WireHello own = make_hello(contract_, role_, id_);
			(void)link.socket.send(&own, sizeof own);
		}
		refuse(link, std::move(status), true);
		return;
	}
	if (link.accepted && !link.vouched && yields_to_own_dial(link)) {
		close_link(link);
		return;
	}
	status = link.vouched ? Status{} : check_id(link);
	if (!status.ok()) {
		link.peer.id = 0; // whoever it is
		refuse(link, std::move(status), true);
		return;
	}
	if (truncated) {
		refuse(link, Status::failure(Code::kLimit, "this process has no descriptor left for the peer's memory"), true);
		return;
	}
	if (!owner.held()) {
		if (hello.has_region != 0 || link.accepted) {
			refuse(link, Status::failure(Code::kCorrupt, "the peer's hello came without its memory"), true);
		}
		return; // it is going to refuse us and says why
	}
	if (is_duplex(role_) && link.accepted && link.socket.peer_has_closed()) {
		close_link(link); // a client that was tired of waiting: it has nothing of ours yet, and must not take a place
		return;
	}
	status = admit();
	if (!status.ok()) {
		push_event({Event::Type::kError, link.peer, {}, 0, status}); // each client, as it does not try again
		decline(link, status, true);
		return;
	}
	if (!link.greeted) {
		status = greet(link);
	}
	if (status.ok()) {
		status = agreed(link, hello, owner.release());
	}
	if (!status.ok()) {
		refuse(link, std::move(status), true);
		return;
	}
	link.state = Link::State::kAgreed;
	RINGWIRE_STEP("hello: agreed");
	if (is_duplex(role_)) {
		retries_.connected(link.label); // more than this does not come of such a link
	}
	if (!waits_for_server(link)) {
		link.deadline = monotonic_nanos() + silence_nanos_;
	}
}

bool Endpoint::is_linked(const std::string& label) const {
	Peer peer;
	(void)parse_endpoint_label(label, peer);
	return std::any_of(links_.begin(), links_.end(), [&](const auto& link) {
		const bool known = link->state == Link::State::kAgreed || link->state == Link::State::kOpen;
		return link->state != Link::State::kGone && (link->label == label || (known && link->peer.id == peer.id));
	});
}

// Two endpoints that have found each other may both have dialled. The connection that the one with the lower id has made remains. True: that is
// another one than the link that this hello has arrived on. Else this endpoint gives up its own, and the link takes its place.
bool Endpoint::yields_to_own_dial(Link& link) {
	const std::string label = endpoint_label(link.peer.role, link.peer.id);
	for (const auto& own : links_) {
		if (own.get() == &link || own->accepted || own->label != label || !shaking_hands_or_open(*own)) {
			continue;
		}
		if (own->socket.open()) {
			const Credentials credentials = own->socket.credentials();
			if (credentials.process != link.peer.process || credentials.user != link.peer.user) {
				continue; // see check_id
			}
			if (id_ < link.peer.id) {
				return true;
			}
		}
		if (own->state == Link::State::kGreeting) {
			link.label = label;
			link.awaited = own->awaited;
			close_link(*own);
		}
	}
	return false;
}

// An id is what others know an endpoint by: who takes somebody else's could have them forget that one.
Status Endpoint::check_id(const Link& link) const {
	const uint64_t id = link.peer.id;
	if (id == id_) {
		return Status::failure(Code::kCorrupt, "the peer says that it is this endpoint");
	}
	if (!link.label.empty() && link.label != endpoint_label(link.peer.role, id)) {
		return Status::failure(Code::kCorrupt, "the peer has another id than its name '" + link.label + "' says");
	}
	for (const auto& other : links_) {
		const bool known = other->state == Link::State::kAgreed || other->state == Link::State::kOpen ||
		                   other->state == Link::State::kDraining;
		if (other.get() == &link || !known || other->peer.id != id) {
			continue;
		}
		// It may have given that link up and come again before we heard of the one or have read the other to its end.
		return other->state == Link::State::kDraining || other->socket.peer_has_closed() ||
		               link.socket.peer_has_closed()
		           ? Status::failure(Code::kTimeout, "the peer's former link is not done with yet")
		           : Status::failure(Code::kCorrupt, "the peer has the id of another peer");
	}
	return {};
}

// How long a connection takes is limited by the client, which wants it, and at the server, which others want to come to as well.
bool Endpoint::waits_for_server(const Link& link) {
	return link.vouched && link.peer.role == Role::kServer;
}

// Who has agreed and says no more may be stopped, or mean us ill: it takes a place, and its cursor would hold a lane back
// for ever. Who connected tries again, told to if that was the other side.
void Endpoint::give_up(Link& link) {
	if (link.state == Link::State::kAgreed) {
		const WireRefuse refusal =
			make_refuse(Status::failure(Code::kTimeout, "the handshake took longer than it may, and is tried again"));
		(void)link.socket.send(&refusal, sizeof refusal);
		(void)parted(link);
	}
	if (!link.label.empty()) {
		note_silence(link);
		come_again(link.label);
	}
	if (link.vouched) {
		report_departure(link, Event::Reason::kDied);
	}
	close_link(link);
}

// A reader must not look complete without a writer that it found. A late writer is not dead: one error event names it, and the reader dials
// it again.
void Endpoint::note_silence(const Link& link) {
	if (role_ != Role::kReader || !link.awaited) {
		return;
	}
	Peer peer;
	(void)parse_endpoint_label(link.label, peer);
	if (link.socket.open()) {
		const Credentials credentials = link.socket.credentials();
		peer.process = credentials.process;
		peer.user = credentials.user;
	}
	silent_.push_back(link.label);
	push_event({Event::Type::kError,
	            peer,
	            {},
	            0,
	            Status::failure(Code::kTimeout,
	                            "a writer that was there first does not answer: it is stopped, or its thread is "
	                            "blocked; the reader does not end without it")});
}

void Endpoint::opened(Link& link) {
	link.state = Link::State::kOpen;
	link.deadline = 0;
	RINGWIRE_STEP("link: open");
	retries_.connected(link.label);
	std::erase(silent_, link.label);
	refusal_.link_opened();
	push_event({Event::Type::kConnect, link.peer, {}, 0, {}});
}

// The two sides of a duplex channel need none of this: a client decides by each error, and a server waits for nobody.
void Endpoint::note_refusal(const Peer& peer, const Status& status) {
	if (!is_duplex(role_) && refusal_.note(peer, status)) {
		call_back_soon();
	}
}

// A name that is dialled again only because its peer refused is no hope; every other one is, and so is every handshake.
void Endpoint::tell_refusal() {
	if (!refusal_.noted() || over_ || !needs_peers() || retries_.has_untried_label() ||
	    std::any_of(links_.begin(), links_.end(), [](const auto& link) { return link->state != Link::State::kGone; })) {
		return;
	}
	push_event(refusal_.tell());
}

void Endpoint::answer_query(Link& link) {
	WireReport report;
	std::memset(&report, 0, sizeof report);
	report.type = static_cast<uint8_t>(WireType::kReport);
	report.role = static_cast<uint8_t>(role_);
	report.endpoint = id_;
	report.peers = open_links();
	set_wire_text(report.overflow, sizeof report.overflow, overflow_name(contract_.overflow));
	set_wire_text(report.codec, sizeof report.codec, contract_.codec);
	describe(report);
	(void)link.socket.send(&report, sizeof report);
	close_link(link);
}

void Endpoint::refuse(Link& link, Status status, bool tell_peer) {
	turn_away(link, std::move(status), tell_peer);
	if (link.vouched) {
		report_departure(link, Event::Reason::kClosed); // nobody else ever comes
	}
}

void Endpoint::decline(Link& link, const Status& status, bool tell_peer) {
	if (tell_peer) {
		const WireRefuse refusal = make_refuse(status);
		(void)link.socket.send(&refusal, sizeof refusal);
	}
	if (link.state == Link::State::kAgreed) {
		(void)parted(link);
	}
	close_link(link);
}

void Endpoint::turn_away(Link& link, Status status, bool tell_peer) {
	decline(link, status, tell_peer);
	if (link.vouched) {
		if (status.code != Code::kTimeout) { // the departure says enough, and whoever connects tries again
			push_event({Event::Type::kError, link.peer, {}, 0, std::move(status)});
		}
	} else if (link.label.empty()) {
		if (link.heard) { // else it is a stranger, and may have been none of ours
			note_refusal(link.peer, status);
		}
		could_not_accept(link.peer, std::move(status));
	} else {
		could_not_connect(link.label, link.peer, std::move(status));
	}
}

} // namespace ringwire
