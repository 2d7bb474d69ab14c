// How a link of an endpoint comes about: connecting, accepting, the hello of both sides, and what is said instead of one. It
// ends with `opened`, or with a refusal that names the reason on both sides.
#include "channel/endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

namespace {

Status too_many(const char* what, size_t limit) {
	return Status::failure(Code::kLimit, std::string("no more than ") + std::to_string(limit) + " " + what);
}

} // namespace

void Endpoint::connect_to(const std::string& path) {
	Status status;
	std::unique_ptr<Link> link;
	if (links_.size() >= kLinksMax) {
		status = too_many("peers", kLinksMax);
	} else {
		link = make_link(status);
	}
	if (link == nullptr) {
		could_not_connect(path, {}, std::move(status));
		return;
	}
	link->path = path;
	switch (link->socket.connect(path, status)) {
	case LinkSocket::Connected::kRefused:
		remove_name(path); // left by the dead
		RINGWIRE_STEP("connect: name of a dead one removed");
		return;
	case LinkSocket::Connected::kBusy:
		retries_.connect_later(path);
		return;
	case LinkSocket::Connected::kFailed:
		could_not_connect(path, {}, std::move(status));
		return;
	case LinkSocket::Connected::kYes:
		break;
	}
	RINGWIRE_STEP("connect: connected");
	if (!rendezvous_.may_join(link->socket)) {
		status = Status::failure(Code::kAccess, "the endpoint '" + path + "' belongs to another user");
	} else if (!wait_set_.watch(link->socket.handle(), link.get())) {
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
	}
	if (!status.ok()) {
		could_not_connect(path, {}, std::move(status));
		return;
	}
	greet(*link);
	links_.push_back(std::move(link));
}

// Out of something, here or there: told once, and tried again until there is enough of it.
void Endpoint::could_not_connect(const std::string& path, const Peer& peer, Status status) {
	if (status.code == Code::kLimit && rendezvous_.has_name() && !over_) {
		retries_.connect_later(path);
		if (!retries_.is_news(path)) {
			return;
		}
	}
	push_event({Event::Type::kError, peer, {}, 0, std::move(status)});
}

void Endpoint::accept_strangers() {
	for (int i = 0; i < kAcceptsPerTurn; ++i) {
		OsHandle handle = kNoHandle;
		const ListenSocket::Accepted accepted = rendezvous_.accept(handle);
		if (accepted == ListenSocket::Accepted::kNothing) {
			return;
		}
		if (accepted == ListenSocket::Accepted::kLimit) {
			// Look again when a descriptor may have become free.
			push_event({Event::Type::kError,
			            {},
			            {},
			            0,
			            Status::failure(Code::kLimit, "a peer waits, but this process has no descriptor left for it")});
			retries_.set(kConnectRetryNanos);
			return;
		}
		Status status;
		std::unique_ptr<Link> link = make_link(status);
		if (link == nullptr) {
			close_handle(handle);
			push_event({Event::Type::kError, {}, {}, 0, std::move(status)});
			continue;
		}
		link->socket.adopt(handle);
		RINGWIRE_STEP("accept: accepted");
		link->accepted = true;
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

// A crowd that says nothing must not keep out who has said hello by now, which an honest peer does at once.
void Endpoint::receive_beyond_strangers(Link& newest) {
	if (strangers() <= kStrangersMax) {
		return;
	}
	serve_link(newest);
	if (newest.state == Link::State::kGreeting) {
		refuse(newest, too_many("peers that have not said hello", kStrangersMax), true);
	}
}

size_t Endpoint::strangers() const {
	return static_cast<size_t>(std::count_if(links_.begin(), links_.end(), [](const auto& link) {
		return link->state == Link::State::kGreeting && link->accepted;
	}));
}

// Who has connected to us is on the channel, and must hear what we have to say to everybody, though we had no time for it yet.
void Endpoint::greet_strangers() {
	for (size_t before = links_.size() + 1; rendezvous_.listening() && links_.size() != before;) {
		before = links_.size();
		accept_strangers();
	}
	for (size_t i = 0; i < links_.size(); ++i) {
		if (links_[i]->state == Link::State::kGreeting && links_[i]->accepted) {
			serve_link(*links_[i]);
		}
	}
}

void Endpoint::greet(Link& link) {
	link.greeted = true;
	WireHello hello = make_hello(contract_, role_, id_);
	OsHandle share = kNoHandle;
	prepare_hello(link, hello, share);
	hello.has_region = share != kNoHandle ? 1 : 0;
	(void)link.socket.send(&hello, sizeof hello, share); // if it is gone, end-of-file follows
	RINGWIRE_STEP("hello: sent");
}

void Endpoint::take_hello(Link& link, const void* message, size_t length, OsHandle region, bool truncated) {
	HandleOwner owner(region);
	RINGWIRE_STEP("hello: received");
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
	status = admit();
	if (!status.ok()) {
		refuse(link, std::move(status), true);
		return;
	}
	if (!link.greeted) {
		greet(link);
	}
	status = agreed(link, hello, owner.release());
	if (!status.ok()) {
		refuse(link, std::move(status), true);
		return;
	}
	link.state = Link::State::kAgreed;
	RINGWIRE_STEP("hello: agreed");
	link.deadline = 0;
}

void Endpoint::opened(Link& link) {
	link.state = Link::State::kOpen;
	RINGWIRE_STEP("link: open");
	retries_.connected(link.path);
	push_event({Event::Type::kConnect, link.peer, {}, 0, {}});
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

void Endpoint::turn_away(Link& link, Status status, bool tell_peer) {
	if (tell_peer) {
		const WireRefuse refusal = make_refuse(status);
		(void)link.socket.send(&refusal, sizeof refusal);
	}
	if (link.path.empty()) {
		push_event({Event::Type::kError, link.peer, {}, 0, std::move(status)});
	} else {
		could_not_connect(link.path, link.peer, std::move(status));
	}
	if (link.state == Link::State::kAgreed) {
		(void)parted(link);
	}
	close_link(link);
}

} // namespace ringwire
