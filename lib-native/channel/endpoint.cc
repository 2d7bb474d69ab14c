#include "channel/endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

Endpoint::Endpoint(const Contract& contract, Role role)
	: contract_(contract), role_(role), id_(random_u64() | 1), born_(monotonic_nanos()),
	  rendezvous_(contract_, role_, id_, wait_set_) {}

Status Endpoint::check_process() const {
	return opener_.is_of_this_process()
	           ? Status{}
	           : Status::failure(
					 Code::kClosed,
					 "the endpoint belongs to the process that has forked this one, which must open its own");
}

Status Endpoint::join() {
	Status status = check_process();
	if (status.ok()) {
		status = wait_set_.open();
	}
	if (status.ok()) {
		status = rendezvous_.find();
	}
	if (status.ok()) {
		status = enter();
	}
	if (!status.ok()) {
		leave();
	}
	return status;
}

Status Endpoint::enter() {
	std::vector<std::string> labels;
	Status status = rendezvous_.enter(labels);
	if (!status.ok()) {
		return status;
	}
	for (const std::string& label : labels) {
		connect_to(label, !is_duplex(role_));
	}
	if (rendezvous_.looks_for_server() && (labels.empty() || (links_.empty() && retries_.at() == 0))) {
		RINGWIRE_STEP("join: no server");
		rendezvous_.tidy_up();
		look_again_later();
	}
	set_next_alarm();
	return status;
}

// The client decides after each error whether it goes on.
void Endpoint::look_for_server() {
	Status status = enter();
	if (!status.ok()) {
		push_event({Event::Type::kError, {}, {}, 0, std::move(status)});
	}
}

void Endpoint::look_again_later() {
	retries_.set(pauses_.next);
	pauses_.next = std::min(2 * pauses_.next, pauses_.longest);
}

Status Endpoint::adopt(OsHandle socket, const Peer& peer, bool greet_first) {
	Status status = check_process();
	if (status.ok()) {
		status = wait_set_.open();
	}
	rendezvous_.withdraw(); // it has no name, and nobody else ever comes
	if (status.ok()) {
		std::unique_ptr<Link> link = make_link();
		link->socket.adopt(socket);
		link->peer = peer;
		link->origin = Link::Origin::kIntroduced;
		if (wait_set_.watch(socket, link.get())) {
			await_peer(*link);
			status = greet_first ? greet(*link) : Status{};
			if (status.ok()) {
				links_.push_back(std::move(link));
				set_next_alarm();
				return status;
			}
		} else {
			status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
		}
	} else {
		discard_handle(socket);
	}
	leave();
	return status;
}

void Endpoint::leave(bool say_bye) {
	if (gone()) {
		return;
	}
	left_ = true;
	RINGWIRE_STEP("leave: begun");
	const auto bye = static_cast<uint8_t>(WireType::kBye);
	for (const auto& link : links_) {
		const bool open = link->state == Link::State::kOpen;
		if (open) {
			(void)parted(*link); // how far it has come counts
			RINGWIRE_STEP("leave: parted");
		}
		// A peer that has agreed may take the link for open before it reads this.
		if (say_bye && link->socket.open() && (open || link->state == Link::State::kAgreed)) {
			(void)link->socket.send(&bye, 1); // if it cannot be sent, end-of-file tells half of it
			RINGWIRE_STEP("leave: bye sent");
		}
	}
	last_ringer_ = nullptr;
	links_.clear();
	RINGWIRE_STEP("leave: links closed");
	rendezvous_.withdraw();
}

void Endpoint::shutdown_as_of(uint64_t time, const Peer* teller) {
	if (over_ || gone()) {
		return;
	}
	const bool begun = shutdown_time_ != 0;
	shutdown_time_ = std::max(shutdown_time_, time);
	if (begun) {
		return; // a stranger has told us too, while we greeted it
	}
	greet_strangers();
	over_ = true;
	RINGWIRE_STEP("shutdown: begun");
	if (teller != nullptr) {
		push_event({Event::Type::kShutdown, *teller, {}, 0, {}}); // once, however many peers forward it
	}
	const WireShutdown message = make_shutdown(shutdown_time_, role_, id_);
	const auto bye = static_cast<uint8_t>(WireType::kBye);
	std::vector<std::string> told;
	for (const auto& link : links_) {
		if (link->state == Link::State::kOpen) {
			if (link->socket.send(&message, sizeof message) == LinkSocket::Sent::kYes) {
				told.push_back(label_of(*link));
			}
			RINGWIRE_STEP("shutdown: sent");
		} else if (link->state != Link::State::kDraining) {
			if (link->socket.open() && link->is_promised()) {
				if (link->socket.send(&message, sizeof message) == LinkSocket::Sent::kYes) {
					told.push_back(label_of(*link));
				}
				(void)link->socket.send(&bye, 1);
			}
			close_link(*link); // a handshake on a channel that has ended
		}
	}
	retries_.give_up_labels();
	if (teller == nullptr && !is_duplex(role_)) {
		rendezvous_.list_others(unannounced_);
		std::erase_if(unannounced_, [&told](const std::string& label) {
			return std::find(told.begin(), told.end(), label) != told.end();
		});
	}
	rendezvous_.withdraw();
	announce_shutdown();
	call_back_soon();
}

// Endpoints of one role have no links with each other, and other links may not be open yet: each of those endpoints gets the shutdown over
// a connection of its own. So does a peer whose link is full. The backlog keeps it for a stopped process, also when this endpoint has left.
void Endpoint::announce_shutdown() {
	std::erase_if(unannounced_, [this](const std::string& label) { return announce_shutdown_to(label); });
	if (!unannounced_.empty()) {
		retries_.set(kConnectRetryNanos);
	}
}

// False: its backlog is full, or the kernel is short of memory.
bool Endpoint::announce_shutdown_to(const std::string& label) {
	LinkSocket socket;
	Status ignored; // an endpoint that cannot be reached at all has no link either
	const MeetingPlace::Dialled dialled = rendezvous_.dial(label, socket, ignored);
	if (dialled == MeetingPlace::Dialled::kYes && rendezvous_.may_join(socket)) {
		const WireShutdown message = make_shutdown(shutdown_time_, role_, id_);
		const LinkSocket::Sent sent = socket.send(&message, sizeof message);
		RINGWIRE_STEP("shutdown: announced");
		return sent != LinkSocket::Sent::kBusy;
	}
	return dialled != MeetingPlace::Dialled::kBusy;
}

void Endpoint::call_back_soon() {
	if (gone()) {
		return;
	}
	service_soon_ = true;
	set_next_alarm();
}

void Endpoint::set_next_alarm() {
	uint64_t at = service_soon_ ? 1 : UINT64_MAX;
	if (retries_.at() != 0) {
		at = std::min(at, retries_.at());
	}
	for (const auto& link : links_) {
		if (link->shaking_hands() && link->deadline != 0) {
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
	end_handshakes(now);
	if (!retries_.take_due(now)) {
		return;
	}
	for (const auto& link : links_) {
		if (link->owes_ring && link->state == Link::State::kOpen) {
			ring(*link);
		}
	}
	announce_shutdown();
	if (rendezvous_.looks_for_server()) {
		look_for_server();
		return;
	}
	const bool deaf = !rendezvous_.listen_again();
	if (rendezvous_.remove_dying() || deaf) {
		retries_.set(kConnectRetryNanos);
	}
	dial_again();
	for (const std::string& label : retries_.take_labels()) {
		connect_to(label, false);
	}
}

void Endpoint::end_handshakes(uint64_t now) {
	const auto late = [now](const Link& link) {
		return link.shaking_hands() && link.deadline != 0 && link.deadline <= now;
	};
	for (size_t i = 0; i < links_.size(); ++i) { // serving one can add another
		Link& link = *links_[i];
		if (late(link)) {
			serve_link(link); // a message that has arrived by now is in time
		}
		if (late(link)) {
			give_up(link);
		}
	}
}

uint32_t Endpoint::service_within(int64_t timeout_nanos) {
	if (gone()) {
		return kWakeNone;
	}
	if (timeout_nanos != 0 || !rung_as_before()) {
		serve_ready(timeout_nanos);
	}
	RINGWIRE_STEP("service: sockets drained");
	tell_refusal(); // before the roles look whether there is an event
	const uint32_t wake = progress();
	forget_gone_links();
	set_next_alarm();
	return wake | (has_events() ? kWakeEvents : kWakeNone);
}

// Most wake-ups are the doorbell of the link that rang last. Serving it first saves a call of the wait set. Everything else that is
// ready stays so until the next round that asks the wait set, kRoundsUnaskedMax rounds later at the latest.
bool Endpoint::rung_as_before() {
	if (last_ringer_ == nullptr || rounds_unasked_ == kRoundsUnaskedMax) {
		return false;
	}
	rounds_unasked_ += 1;
	return serve_link(*last_ringer_);
}

void Endpoint::serve_ready(int64_t timeout_nanos) {
	rounds_unasked_ = 0;
	void* tokens[WaitSet::kReadyMax];
	const int count = wait_set_.collect(tokens, timeout_nanos);
	for (int i = 0; i < count; ++i) {
		if (tokens[i] == nullptr) {
			on_alarm();
		} else if (tokens[i] == &rendezvous_) {
			if (rendezvous_.listening()) { // it may have been withdrawn in this very round
				accept_strangers();
			}
		} else {
			auto& link = *static_cast<Link*>(tokens[i]); // links live until the end of the round
			if (serve_link(link)) {
				last_ringer_ = &link;
			}
		}
	}
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
