#include "channel/endpoint.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "platform/clock.h"

namespace ringwire {

namespace {

std::string name_prefix(Role role) {
	return std::string(role_name(role)) + "-";
}

Status too_many(const char* what, size_t limit) {
	return Status::failure(Code::kLimit, std::string("no more than ") + std::to_string(limit) + " " + what);
}

} // namespace

Endpoint::Endpoint(const Contract& contract, Role role)
	: contract_(contract), role_(role), id_(random_u64() | 1), born_(monotonic_nanos()) {}

std::string Endpoint::path_of(Role role, uint64_t id) const {
	char digits[17];
	std::snprintf(digits, sizeof digits, "%016" PRIx64, id);
	return folder_ + "/" + name_prefix(role) + digits;
}

// --- Joining and leaving the channel's folder

Status Endpoint::join() {
	Status status = wait_set_.open();
	std::string runtime;
	if (status.ok()) {
		status = open_runtime_folder(contract_.directory, runtime, contract_.group);
	}
	if (status.ok()) {
		folder_ = runtime + "/" + contract_.name;
		try_to_join(status);
	}
	if (!status.ok()) {
		leave();
	}
	return status;
}

void Endpoint::try_to_join(Status& status) {
	if (!has_name() && nobody_is_there()) {
		look_again_later(); // without having made and removed a folder each time
		set_next_alarm();
		return;
	}
	FolderLock lock;
	FolderLock::Taken taken = lock.take(folder_, status, contract_.group);
	if ((taken == FolderLock::Taken::kBusy || taken == FolderLock::Taken::kDenied) && role_ == Role::kServer) {
		// Whether there is a server already is to be known at once.
		taken = lock.take_until(folder_, monotonic_nanos() + kLeaveNanosMax, status, contract_.group);
	}
	switch (taken) {
	case FolderLock::Taken::kFailed:
		return;
	case FolderLock::Taken::kBusy:
		status = {}; // of a denial before
		retry_at_ = monotonic_nanos() + kLockRetryNanos;
		set_next_alarm();
		return;
	case FolderLock::Taken::kDenied:
		denied_by_member(lock, status);
		set_next_alarm();
		return;
	case FolderLock::Taken::kYes:
		denials_ = 0;
		break;
	}
	// While we hold the lock nobody is half visible: who has a name listens, and who comes later will connect to us.
	std::vector<std::string> names;
	status = list_folder(folder_, kEndpointsMax, names);
	if (status.ok()) {
		status = may_enter(names);
	}
	if (status.ok() && has_name()) {
		status = appear();
	}
	if (!status.ok()) {
		lock.remove_folder_if_empty();
		return;
	}
	presence_ = has_name() ? Presence::kJoined : presence_;
	const std::string wanted = name_prefix(opposite(role_));
	for (const std::string& name : names) {
		if (name.starts_with(wanted)) {
			connect_to(folder_ + "/" + name);
		}
	}
	if (!has_name()) {
		lock.remove_folder_if_empty();
		if (links_.empty() && retry_at_ == 0) {
			look_again_later();
		}
	}
	set_next_alarm();
}

// Most likely it is about to let us in. If not, it may have been killed before it could; else it means us.
void Endpoint::denied_by_member(FolderLock& lock, Status& status) {
	denials_ += 1;
	retry_at_ = monotonic_nanos() + (denials_ < kDenialsMax ? kLockRetryNanos : kConnectRetryNanos);
	if (denials_ == kDenialsMax) {
		lock.remove_unfinished();
	}
	if (denials_ != kDenialsMax + 1) {
		status = {}; // told once
	}
}

bool Endpoint::nobody_is_there() const {
	std::vector<std::string> names;
	return list_folder(folder_, kEndpointsMax, names).ok() &&
	       std::none_of(names.begin(), names.end(), [](const std::string& name) { return name != "lock"; });
}

void Endpoint::look_again_at(uint64_t time) {
	retry_at_ = retry_at_ == 0 ? time : std::min(retry_at_, time);
}

void Endpoint::look_again_later() {
	retry_at_ = monotonic_nanos() + pauses_.next;
	pauses_.next = std::min(2 * pauses_.next, pauses_.longest);
}

Status Endpoint::appear() {
	Status status = listener_.open(path_of(role_, id_), kBacklog, contract_.group != kNoGroup);
	if (status.ok() && !wait_set_.watch(listener_.handle(), this)) {
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
	}
	if (!status.ok()) {
		remove_name(path_of(role_, id_));
		return status;
	}
	listener_watched_ = true;
	return status;
}

// A name belongs to one kind of channel at a time, and a duplex channel has one server.
Status Endpoint::may_enter(const std::vector<std::string>& names) {
	for (const std::string& name : names) {
		const bool server = name.starts_with(name_prefix(Role::kServer));
		const bool one_way =
			name.starts_with(name_prefix(Role::kWriter)) || name.starts_with(name_prefix(Role::kReader));
		const bool other_kind = is_duplex(role_) ? one_way : server;
		if (!other_kind && !(server && role_ == Role::kServer)) {
			continue;
		}
		if (remove_if_dead(folder_ + "/" + name)) {
			continue;
		}
		if (!other_kind) {
			return Status::failure(Code::kExists, "a server of '" + contract_.name + "' is listening already");
		}
		return Status::failure(Code::kMismatch, "the name '" + contract_.name + "' is in use by a " +
		                                            (server ? "duplex" : "one-way") + " channel, ours is a " +
		                                            (server ? "one-way" : "duplex") + " one: choose another name");
	}
	return {};
}

void Endpoint::withdraw() {
	const bool was_joined = presence_ == Presence::kJoined;
	presence_ = Presence::kGone;
	listener_.close();
	listener_watched_ = false;
	if (!was_joined) {
		return;
	}
	remove_name(path_of(role_, id_));
	FolderLock lock;
	Status ignored;
	if (lock.take_until(folder_, monotonic_nanos() + kLeaveNanosMax, ignored, contract_.group) !=
	    FolderLock::Taken::kYes) {
		return;
	}
	// The last one cleans up, after those too who could not do it themselves.
	std::vector<std::string> names;
	if (list_folder(folder_, kEndpointsMax, names).ok()) {
		for (const std::string& name : names) {
			if (name == "lock") {
				continue;
			}
			LinkSocket probe;
			if (probe.connect(folder_ + "/" + name, ignored) != LinkSocket::Connected::kRefused) {
				return; // somebody is left
			}
			remove_name(folder_ + "/" + name);
		}
	}
	lock.remove_folder_if_empty();
}

bool Endpoint::remove_if_dead(const std::string& path) {
	LinkSocket probe;
	Status ignored;
	if (probe.connect(path, ignored) != LinkSocket::Connected::kRefused) {
		return false;
	}
	remove_name(path);
	return true;
}

void Endpoint::leave(bool say_bye) {
	if (left_) {
		return;
	}
	left_ = true;
	const auto bye = static_cast<uint8_t>(WireType::kBye);
	for (const auto& link : links_) {
		const bool open = link->state == Link::State::kOpen;
		if (open) {
			(void)parted(*link); // how far it has come counts
		}
		// Who has agreed may take the link for open before it reads this.
		if (say_bye && link->socket.open() && (open || link->state == Link::State::kAgreed)) {
			(void)link->socket.send(&bye, 1); // if it cannot be sent, end-of-file tells half of it
		}
	}
	links_.clear();
	withdraw();
}

void Endpoint::shutdown_as_of(uint64_t time) {
	if (!over_ && !left_) {
		greet_strangers();
	}
	if (over_ || left_) {
		return; // one of them has told us the same
	}
	over_ = true;
	WireShutdown message;
	std::memset(&message, 0, sizeof message);
	message.type = static_cast<uint8_t>(WireType::kShutdown);
	message.time = time;
	const auto bye = static_cast<uint8_t>(WireType::kBye);
	for (const auto& link : links_) {
		if (link->state == Link::State::kOpen) {
			(void)link->socket.send(&message, sizeof message);
		} else if (link->state != Link::State::kDraining) {
			if (link->socket.open() && link->greeted) {
				(void)link->socket.send(&message, sizeof message);
				(void)link->socket.send(&bye, 1);
			}
			close_link(*link); // the handshake is with a channel that is no more
		}
	}
	retries_.clear();
	withdraw();
	call_back_soon();
}

Status Endpoint::adopt(OsHandle socket, const Peer& peer, bool greet_first) {
	Status status = wait_set_.open();
	presence_ = Presence::kGone; // it has no name, and nobody else ever comes
	std::unique_ptr<Link> link = status.ok() ? make_link(status) : nullptr;
	if (link != nullptr) {
		link->socket.adopt(socket);
		link->peer = peer;
		link->vouched = true;
		if (wait_set_.watch(socket, link.get())) {
			if (greet_first) {
				greet(*link);
			}
			links_.push_back(std::move(link));
			return status;
		}
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
	} else {
		close_handle(socket);
	}
	leave();
	return status;
}

// --- Making links

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
		return;
	case LinkSocket::Connected::kBusy:
		retries_.push_back(path);
		retry_at_ = monotonic_nanos() + kConnectRetryNanos;
		return;
	case LinkSocket::Connected::kFailed:
		could_not_connect(path, {}, std::move(status));
		return;
	case LinkSocket::Connected::kYes:
		break;
	}
	if (!may_join(link->socket)) {
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
	if (status.code == Code::kLimit && has_name() && !over_) {
		retries_.push_back(path);
		retry_at_ = monotonic_nanos() + kConnectRetryNanos;
		if (std::find(told_.begin(), told_.end(), path) != told_.end()) {
			return;
		}
		told_.push_back(path);
	}
	push_event({Event::Type::kError, peer, {}, 0, std::move(status)});
}

void Endpoint::greet(Link& link) {
	link.greeted = true;
	WireHello hello = make_hello(contract_, role_, id_);
	OsHandle share = kNoHandle;
	prepare_hello(link, hello, share);
	hello.has_region = share != kNoHandle ? 1 : 0;
	(void)link.socket.send(&hello, sizeof hello, share); // if it is gone, end-of-file follows
}

bool Endpoint::may_join(const LinkSocket& socket) const {
	return socket.credentials().user == own_user() ||
	       (contract_.group != kNoGroup && socket.peer_in_group(contract_.group));
}

size_t Endpoint::strangers() const {
	return static_cast<size_t>(std::count_if(links_.begin(), links_.end(), [](const auto& link) {
		return link->state == Link::State::kGreeting && link->accepted;
	}));
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

void Endpoint::accept_strangers() {
	for (int i = 0; i < kAcceptsPerTurn; ++i) {
		OsHandle handle = kNoHandle;
		const ListenSocket::Accepted accepted = listener_.accept(handle);
		if (accepted == ListenSocket::Accepted::kNothing) {
			return;
		}
		if (accepted == ListenSocket::Accepted::kLimit) {
			// The connection waits in the backlog; look again when a descriptor may have become free.
			push_event({Event::Type::kError,
			            {},
			            {},
			            0,
			            Status::failure(Code::kLimit, "a peer waits, but this process has no descriptor left for it")});
			wait_set_.unwatch(listener_.handle());
			listener_watched_ = false;
			retry_at_ = monotonic_nanos() + kConnectRetryNanos;
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
		link->accepted = true;
		link->deadline = monotonic_nanos() + silence_nanos_;
		if (!may_join(link->socket)) {
			refuse(*link, Status::failure(Code::kAccess, "a process of another user tried to join"), true);
		} else if (links_.size() >= kLinksMax || strangers() >= kStrangersMax) {
			refuse(*link, too_many("peers", kLinksMax), true);
		} else if (!wait_set_.watch(handle, link.get())) {
			refuse(*link, Status::failure(Code::kLimit, "the kernel could not watch one more socket"), true);
		} else {
			links_.push_back(std::move(link));
		}
	}
}

// --- What comes over a link

// Who has connected to us is on the channel, and must hear what we have to say to everybody, though we had no time for it yet.
void Endpoint::greet_strangers() {
	for (size_t before = links_.size() + 1; listener_watched_ && links_.size() != before;) {
		before = links_.size();
		accept_strangers();
	}
	for (size_t i = 0; i < links_.size(); ++i) {
		if (links_[i]->state == Link::State::kGreeting && links_[i]->accepted) {
			serve_link(*links_[i]);
		}
	}
}

void Endpoint::serve_link(Link& link) {
	for (int i = 0; i < kLinkMessagesPerTurn && link.socket.open(); ++i) {
		alignas(8) std::byte message[kWireBytesMax];
		size_t length = 0;
		HandleOwner shared;
		bool truncated = false;
		switch (link.socket.receive(message, sizeof message, length, shared, truncated)) {
		case LinkSocket::Received::kNothing:
			return;
		case LinkSocket::Received::kGone:
			lost_peer(link);
			return;
		case LinkSocket::Received::kMessage:
			take_message(link, message, length, shared.release(), truncated);
			break;
		}
	}
}

void Endpoint::take_message(Link& link, const void* message, size_t length, OsHandle region, bool truncated) {
	const auto type = static_cast<WireType>(*static_cast<const uint8_t*>(message));
	if (type == WireType::kHello && link.state == Link::State::kGreeting) {
		take_hello(link, message, length, region, truncated);
		return;
	}
	const HandleOwner unasked(region); // nothing else comes with a handle
	const bool greeted = link.state != Link::State::kGreeting;
	if (unasked.held() || truncated) {
		expel(link, Status::failure(Code::kCorrupt, "the peer sent a handle that nobody asked for"));
	} else if (type == WireType::kRing && length == 1 && greeted) {
		// Whoever sleeps looks at the shared memory after each round of service.
	} else if (type == WireType::kBye && length == 1 && greeted) {
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
		part(link, Event::Reason::kCorrupt);
	} else if (type == WireType::kQuery && length == 1 && !greeted && link.accepted) {
		answer_query(link);
	} else if (!greeted || !received(link, type, message, length)) {
		expel(link, Status::failure(Code::kCorrupt, "the peer sent a message of type " +
		                                                std::to_string(static_cast<unsigned>(type)) + " with " +
		                                                std::to_string(length) + " bytes that has no business here"));
	}
}

void Endpoint::take_shutdown(Link& link, const void* message) {
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	if (shutdown.time < born_ && !link.vouched) {
		// It was over before we came, and who tells us had not heard of that when we met.
		const auto bye = static_cast<uint8_t>(WireType::kBye);
		(void)link.socket.send(&bye, 1);
		link.said_bye = true;
		lost_peer(link);
	} else if (!over_) { // told once, whoever else passes it on
		push_event({Event::Type::kShutdown, link.peer, {}, 0, {}});
		shutdown_as_of(shutdown.time);
	}
}

void Endpoint::take_hello(Link& link, const void* message, size_t length, OsHandle region, bool truncated) {
	HandleOwner owner(region);
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
	link.deadline = 0;
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

void Endpoint::opened(Link& link) {
	link.state = Link::State::kOpen;
	std::erase(told_, link.path);
	push_event({Event::Type::kConnect, link.peer, {}, 0, {}});
}

// --- How links end

void Endpoint::close_link(Link& link) {
	if (link.socket.open()) {
		wait_set_.unwatch(link.socket.handle());
		link.socket.close();
	}
	link.state = Link::State::kGone;
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

void Endpoint::lost_peer(Link& link) {
	if (link.state == Link::State::kOpen) {
		part(link, link.said_bye ? Event::Reason::kClosed : Event::Reason::kDied);
		return;
	}
	if (link.state == Link::State::kAgreed) {
		(void)parted(link);
	}
	const bool introduced = is_duplex(role_) && link.state == Link::State::kAgreed; // then both have what they need
	if (!link.path.empty() && !over_ && !introduced) {
		// It went in the middle of the handshake. If it is dead the next try finds out and removes its name.
		if (has_name()) {
			retries_.push_back(link.path); // who has none looks for its server anew
		}
		retry_at_ = monotonic_nanos() + kConnectRetryNanos;
	}
	if (link.vouched) {
		report_departure(link, link.said_bye ? Event::Reason::kClosed : Event::Reason::kDied);
	}
	close_link(link);
}

void Endpoint::part(Link& link, Event::Reason reason) {
	const Link::State next = parted(link);
	if (link.state == Link::State::kGone) {
		return; // the last that it left us was a lie, and it was expelled for that
	}
	close_link(link);
	link.state = next;
	if (next == Link::State::kGone) {
		report_departure(link, reason);
	}
	if (reason == Event::Reason::kDied && !folder_.empty()) {
		const std::string path = path_of(link.peer.role, link.peer.id);
		if (!remove_if_dead(path) && has_name()) {
			dying_.emplace_back(path, kLooksAtTheDyingMax); // the kernel closes its sockets one after the other
			look_again_at(monotonic_nanos() + kConnectRetryNanos);
		}
	}
}

void Endpoint::report_departure(const Link& link, Event::Reason reason) {
	push_event({Event::Type::kDisconnect, link.peer, reason, 0, {}, link.ended});
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

void Endpoint::forget_gone_links() {
	std::erase_if(links_, [](const auto& link) { return link->state == Link::State::kGone; });
}

// --- Doorbell, events, service

void Endpoint::ring(Link& link) {
	const auto message = static_cast<uint8_t>(WireType::kRing);
	// Busy: a ring waits there already. Gone: end-of-file follows.
	(void)link.socket.send(&message, 1);
	rings_ += 1;
	link.rings += 1;
}

void Endpoint::push_loss(const Link& link, uint64_t count) {
	if (!events_.empty() && events_.back().type == Event::Type::kLost && events_.back().peer.id == link.peer.id) {
		events_.back().count += count;
	} else {
		push_event({Event::Type::kLost, link.peer, {}, count, {}});
	}
}

bool Endpoint::take_event(Event& event) {
	if (events_.empty()) {
		return false;
	}
	event = std::move(events_.front());
	events_.pop_front();
	return true;
}

void Endpoint::call_back_soon() {
	service_soon_ = true;
	set_next_alarm();
}

void Endpoint::set_next_alarm() {
	uint64_t at = service_soon_ ? 1 : UINT64_MAX;
	if (retry_at_ != 0) {
		at = std::min(at, retry_at_);
	}
	for (const auto& link : links_) {
		if (link->state == Link::State::kGreeting && link->deadline != 0) {
			at = std::min(at, link->deadline);
		}
	}
	at = at == UINT64_MAX ? 0 : at;
	if (at != alarm_at_) {
		alarm_at_ = at;
		wait_set_.set_alarm(at);
	}
}

void Endpoint::on_alarm() {
	alarm_at_ = 0;
	service_soon_ = false;
	const uint64_t now = monotonic_nanos();
	for (const auto& link : links_) {
		if (link->state == Link::State::kGreeting && link->deadline != 0 && link->deadline <= now) {
			close_link(*link); // whoever it was can come again
		}
	}
	if (retry_at_ == 0 || retry_at_ > now) {
		return;
	}
	retry_at_ = 0;
	if (presence_ == Presence::kJoining) {
		Status status;
		try_to_join(status);
		if (!status.ok()) {
			push_event({Event::Type::kError, {}, {}, 0, std::move(status)});
		}
		return;
	}
	if (presence_ == Presence::kJoined && !listener_watched_) {
		listener_watched_ = wait_set_.watch(listener_.handle(), this);
	}
	for (auto& [path, looks] : dying_) {
		looks = remove_if_dead(path) ? 0 : looks - 1;
	}
	std::erase_if(dying_, [](const auto& entry) { return entry.second == 0; });
	if (!dying_.empty()) {
		look_again_at(now + kConnectRetryNanos);
	}
	std::vector<std::string> again;
	again.swap(retries_);
	for (const std::string& path : again) {
		connect_to(path);
	}
}

uint32_t Endpoint::service_within(int64_t timeout_nanos) {
	if (left_) {
		return kWakeNone;
	}
	void* tokens[WaitSet::kReadyMax];
	const int count = wait_set_.collect(tokens, timeout_nanos);
	for (int i = 0; i < count; ++i) {
		if (tokens[i] == nullptr) {
			on_alarm();
		} else if (tokens[i] == this) {
			if (listener_watched_) { // it may have been withdrawn in this very round
				accept_strangers();
			}
		} else {
			serve_link(*static_cast<Link*>(tokens[i])); // links live until the end of the round
		}
	}
	const uint32_t wake = progress();
	forget_gone_links();
	set_next_alarm();
	return wake | (has_events() ? kWakeEvents : kWakeNone);
}

uint32_t Endpoint::service_until(uint64_t deadline) {
	int64_t timeout = WaitSet::kForever;
	if (deadline != UINT64_MAX) {
		const uint64_t now = monotonic_nanos();
		timeout = deadline > now ? static_cast<int64_t>(deadline - now) : 0;
	}
	return neighbours_ != nullptr && neighbours_->wait(*this, timeout) ? service_within(0) : service_within(timeout);
}

void Endpoint::end_blocking() {
	if (neighbours_ != nullptr) {
		neighbours_->release();
	}
	if (owed_ != kWakeNone || has_events()) {
		call_back_soon();
	}
}

} // namespace ringwire
