// The handshake of a link: dialling, accepting, the hellos, and refusals. It ends with `opened`, or with a refusal whose reason both
// sides report. See channel/wire.h for the messages.
#include "channel/endpoint.h"

#include <algorithm>
#include <cstring>

#include "channel/endpoint_label.h"
#include "core/step.h"

namespace ringwire {

void Endpoint::connect_to(const std::string& label, bool awaited) {
	if (has_link_to(label)) {
		return; // the peer has dialled meanwhile
	}
	if (links_.size() >= kLinksMax) {
		could_not_connect(label, {}, too_many("peers", kLinksMax));
		return;
	}
	std::unique_ptr<Link> link = make_link();
	link->origin = Link::Origin::kDialled;
	link->state = Link::State::kDialling;
	link->label = label;
	if (awaited) {
		link->awaited = true;
		await_peer(*link); // its process may be stopped
	}
	if (dial(*link)) {
		links_.push_back(std::move(link));
	}
}

bool Endpoint::has_link_to(const std::string& label) const {
	return std::any_of(links_.begin(), links_.end(), [&](const auto& link) {
		return link->state < Link::State::kDraining && label_of(*link) == label;
	});
}

// Of a dialled link, or of one whose peer has said hello.
std::string Endpoint::label_of(const Link& link) const {
	if (link.origin == Link::Origin::kDialled) {
		return link.label;
	}
	return link.peer.id == 0 || link.introduced() ? std::string() : endpoint_label(link.peer.role, link.peer.id);
}

// Ends the handshake, unless more of it arrives by then. A client limits the time of a connection itself; a server does, because other
// clients need its places.
void Endpoint::await_peer(Link& link) {
	const bool at_client = link.introduced() && link.peer.role == Role::kServer;
	link.deadline = at_client ? 0 : monotonic_nanos() + silence_nanos_;
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

void Endpoint::dial_again() {
	for (size_t i = 0; i < links_.size(); ++i) {
		Link& link = *links_[i];
		if (link.state == Link::State::kDialling && !dial(link)) {
			close_link(link);
		}
	}
}

// After the connection of a dialled link has ended in its handshake. An awaited peer stays awaited: a new link takes the place of this one.
void Endpoint::redial_later(Link& link) {
	close_link(link);
	if (!link.awaited || over_) {
		come_again(link.label);
		return;
	}
	std::unique_ptr<Link> next = make_link();
	next->origin = Link::Origin::kDialled;
	next->state = Link::State::kDialling;
	next->label = link.label;
	next->awaited = true;
	await_peer(*next);
	links_.push_back(std::move(next));
	retries_.set(kConnectRetryNanos);
}

void Endpoint::come_again(const std::string& label) {
	if (rendezvous_.has_label()) {
		retries_.connect_later(label);
	} else {
		retries_.set(kConnectRetryNanos); // it looks for its server anew
	}
}

// A shortage on either side is reported once, and dialled again until it is over. A timeout is not reported: the next attempt decides.
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
	link.state = Link::State::kGreeting;
	WireHello hello = make_hello(contract_, role_, id_, born_);
	prepare_hello(hello);
	Status status = say(link, &hello, sizeof hello);
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

void Endpoint::take_hello(Link& link, const void* message, size_t length, bool with_handle) {
	RINGWIRE_STEP("hello: received");
	WireHello hello;
	std::memset(&hello, 0, sizeof hello);
	std::memcpy(&hello, message, std::min(length, sizeof hello));
	if (!link.introduced()) {
		const Credentials credentials = link.socket.credentials();
		link.peer = {hello.endpoint, credentials.process, credentials.user, opposite(role_)};
	}
	Status status = check_hello(hello, length, contract_, role_);
	if (status.ok() && with_handle) {
		status = Status::failure(Code::kCorrupt, "the peer's hello came with a handle");
	}
	if (!status.ok()) {
		if (!link.has_greeted()) {
			// The peer compares it, and its error names both values too.
			const WireHello own = make_hello(contract_, role_, id_, born_);
			(void)link.socket.send(&own, sizeof own);
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
	if (is_duplex(role_) && link.origin == Link::Origin::kAccepted && link.socket.peer_has_closed()) {
		close_link(link); // a client whose connect() has timed out: it has received nothing and must not take a place
		return;
	}
	status = admit();
	if (!status.ok()) {
		push_event({Event::Type::kError, link.peer, {}, 0, status}); // for each client, which does not try again
		decline(link, status, true);
		return;
	}
	if (!link.has_greeted()) {
		status = greet(link);
	}
	if (status.ok()) {
		link.state = Link::State::kSharing;
		link.born = hello.born;
		await_peer(link);
		status = greeted(link, hello);
		RINGWIRE_STEP("hello: agreed");
	}
	if (!status.ok()) {
		refuse(link, std::move(status), true);
	}
}

// Each of two endpoints appears before it looks for the other, so both can find and dial each other. The dial of the one with the lower
// id wins on both sides, without an event.
bool Endpoint::settle_duplicate(Link& link) {
	if (link.origin != Link::Origin::kAccepted || is_duplex(role_)) {
		return true;
	}
	const std::string label = endpoint_label(link.peer.role, link.peer.id);
	for (size_t i = 0; i < links_.size(); ++i) { // serving one can add another
		Link& dialled = *links_[i];
		if (dialled.origin != Link::Origin::kDialled || dialled.label != label) {
			continue;
		}
		if (dialled.socket.open() && dialled.socket.peer_has_closed()) {
			serve_link(dialled); // its refusal decides what follows
		}
		if (link.state == Link::State::kGone) {
			return false; // a shutdown was received
		}
		if (dialled.state >= Link::State::kDraining) {
			continue;
		}
		if (dialled.socket.open()) {
			const Credentials listener = dialled.socket.credentials();
			if (listener.process != link.peer.process || listener.user != link.peer.user) {
				continue; // not the same peer: check_id refuses the one that lies
			}
			// A connection whose other end is closed was given up by the peer while it waited in the backlog.
			if (id_ < link.peer.id || link.socket.peer_has_closed()) {
				close_link(link);
				return false;
			}
			if (dialled.state == Link::State::kOpen) {
				continue;
			}
		}
		// From here on the link is what the dial was: if it ends in the handshake this endpoint dials again.
		link.origin = Link::Origin::kDialled;
		link.label = label;
		link.awaited = dialled.awaited;
		if (dialled.state == Link::State::kAgreed) {
			(void)parted(dialled);
		}
		close_link(dialled);
		return true;
	}
	return true;
}

// An endpoint is known by its id: under the id of another peer it could have this side forget that one.
Status Endpoint::check_id(const Link& link) const {
	const uint64_t id = link.peer.id;
	if (id == id_) {
		return Status::failure(Code::kCorrupt, "the peer's hello has the id of this endpoint");
	}
	if (link.origin == Link::Origin::kDialled && link.label != endpoint_label(link.peer.role, id)) {
		return Status::failure(Code::kCorrupt,
		                       "the id in the peer's hello differs from the one in its name '" + link.label + "'");
	}
	for (const auto& other : links_) {
		const bool known = other->state >= Link::State::kSharing && other->state <= Link::State::kDraining;
		if (other.get() == &link || !known || other->peer.id != id) {
			continue;
		}
		// The peer may have given that link up and dialled again before this side has read the end of the other one.
		return other->state == Link::State::kDraining || other->socket.peer_has_closed() ||
		               link.socket.peer_has_closed()
		           ? Status::failure(Code::kTimeout, "the former link to this peer has not ended yet")
		           : Status::failure(Code::kCorrupt, "the peer has the id of another peer");
	}
	return {};
}

// A peer that is silent in its handshake may be stopped, or hostile: it takes a place, and its cursor would hold a lane back for ever. The
// side that dialled tries again; a refusal has the other side try again.
void Endpoint::give_up(Link& link) {
	note_silence(link);
	if (role_ == Role::kReader && link.state == Link::State::kAgreed && !link.introduced()) {
		link.deadline = 0; // the writer decides whether `ready` was in time; until then the lane stays mapped
		return;
	}
	if (link.is_promised()) {
		const WireRefuse refusal =
			make_refuse(Status::failure(Code::kTimeout, "the handshake took too long, and is tried again"));
		if (link.socket.send(&refusal, sizeof refusal) == LinkSocket::Sent::kBusy) {
			link.deadline = monotonic_nanos() + kRingRetryNanos; // end-of-file alone would look like a death
			return;
		}
	}
	if (link.state == Link::State::kAgreed) {
		(void)parted(link);
	}
	if (link.origin == Link::Origin::kDialled || (role_ == Role::kReader && link.is_promised())) {
		const std::string name = label_of(link);
		if (!name.empty()) {
			come_again(name);
		}
	}
	if (link.introduced()) {
		report_departure(link, Event::Reason::kDied);
	}
	close_link(link);
}

// A reader must not look complete without a writer that it found. A late writer is not dead: one error event names it, and the reader dials
// it again.
void Endpoint::note_silence(const Link& link) {
	const std::string name = label_of(link);
	if (role_ != Role::kReader || link.introduced() || !(link.awaited || link.is_promised()) ||
	    std::find(silent_.begin(), silent_.end(), name) != silent_.end()) {
		return;
	}
	Peer peer = link.peer;
	(void)parse_endpoint_label(name, peer);
	if (link.socket.open()) {
		const Credentials credentials = link.socket.credentials();
		peer.process = credentials.process;
		peer.user = credentials.user;
	}
	silent_.push_back(name);
	push_event({Event::Type::kError,
	            peer,
	            {},
	            0,
	            Status::failure(Code::kTimeout,
	                            "a writer on the channel does not answer: its process is stopped, or its thread is "
	                            "blocked; the reader does not end without it")});
}

void Endpoint::opened(Link& link) {
	link.state = Link::State::kOpen;
	link.deadline = 0;
	RINGWIRE_STEP("link: open");
	retries_.connected(link.label);
	std::erase(silent_, label_of(link));
	refusal_.link_opened();
	push_event({Event::Type::kConnect, link.peer, {}, 0, {}});
}

// Of a one-way channel only: a client decides by each error, and a server waits for no peer.
void Endpoint::note_refusal(const Peer& peer, const Status& status) {
	if (!is_duplex(role_) && refusal_.note(peer, status)) {
		call_back_soon();
	}
}

// A name that is dialled again only because its peer refused does not count; every other name does, and so does every handshake.
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
	if (link.introduced()) {
		report_departure(link, Event::Reason::kClosed); // its only link
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
	if (link.introduced()) {
		if (status.code != Code::kTimeout) { // the disconnect event suffices, and the dialling side tries again
			push_event({Event::Type::kError, link.peer, {}, 0, std::move(status)});
		}
	} else if (link.origin == Link::Origin::kDialled && link.awaited && status.code == Code::kTimeout) {
		redial_later(link); // the peer has given up, because this side was slow
	} else if (link.origin == Link::Origin::kDialled) {
		could_not_connect(link.label, link.peer, std::move(status));
	} else {
		if (link.peer.id != 0) { // else it never said hello, and may have been no peer
			note_refusal(link.peer, status);
		}
		could_not_accept(link.peer, std::move(status));
	}
}

} // namespace ringwire
