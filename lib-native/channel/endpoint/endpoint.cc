#include "channel/endpoint/endpoint.h"

#include <algorithm>

#include "core/step.h"

namespace ringwire {

Endpoint::Endpoint(const Contract& contract, Role role, LinkTable& links)
	: self_(contract, role), retries_(doorbell_), attempts_(self_, events_, retries_),
	  rendezvous_(self_, doorbell_.wait_set()),
	  handshake_(*this, self_, links, doorbell_, events_, retries_, attempts_),
	  acceptor_(*this, links, rendezvous_, doorbell_, retries_, attempts_, handshake_), table_(links),
	  connector_(self_, links, rendezvous_, doorbell_, retries_, attempts_, handshake_),
	  shutdown_(self_, links, rendezvous_, doorbell_, events_, retries_, acceptor_) {}

// --- Joining and leaving

Status Endpoint::join() {
	Status status = self_.check_process();
	if (status.ok()) {
		status = doorbell_.open();
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
		connector_.connect(label, !is_duplex(self_.role));
	}
	if (rendezvous_.looks_for_server() && (labels.empty() || (table_.size() == 0 && retries_.at() == 0))) {
		RINGWIRE_STEP("join: no server");
		rendezvous_.tidy_up();
		retries_.set(pauses_.next);
		pauses_.next = std::min(2 * pauses_.next, pauses_.longest);
	}
	return status;
}

// The client decides after each error whether it goes on.
void Endpoint::look_for_server() {
	Status status = enter();
	if (!status.ok()) {
		events_.push_error({}, std::move(status));
	}
}

Status Endpoint::adopt(LinkEnd& end, const Peer& peer, bool greet_first) {
	rendezvous_.withdraw(); // it has no label, and no other peer ever comes
	Link& link = table_.add();
	link.introduce(peer);
	link.socket.adopt(end);
	Status status = self_.check_process();
	if (status.ok()) {
		status = doorbell_.open();
	}
	if (status.ok()) {
		status = doorbell_.watch(link);
	}
	if (status.ok()) {
		handshake_.limit_time(link);
		status = greet_first ? handshake_.greet(link) : Status{};
	}
	if (!status.ok()) {
		leave();
	}
	return status;
}

void Endpoint::leave(bool send_bye) {
	if (left()) {
		return;
	}
	RINGWIRE_STEP("leave: begun");
	leaving();
	const auto bye = static_cast<uint8_t>(WireType::kBye);
	for (Link& link : table_.all()) {
		const bool open = link.is(Link::State::kOpen);
		if (open) {
			(void)link.parted(); // how far it has come counts
			RINGWIRE_STEP("leave: parted");
		}
		// A peer that has agreed may take the link for open before it reads this.
		if (send_bye && link.socket.open() && (open || link.is(Link::State::kAgreed))) {
			(void)link.socket.send(&bye, 1); // without it the peer reports a death
			RINGWIRE_STEP("leave: bye sent");
		}
	}
	self_.leave();
	doorbell_.links_cleared();
	table_.clear();
	RINGWIRE_STEP("leave: links closed");
	rendezvous_.withdraw();
}

// --- Rounds of service

uint32_t Endpoint::service_within(int64_t timeout_nanos) {
	if (left()) {
		return kWakeNone;
	}
	Link* expected = timeout_nanos == 0 ? doorbell_.expected() : nullptr;
	if (expected == nullptr || !serve(*expected)) {
		serve_ready(timeout_nanos);
	}
	RINGWIRE_STEP("service: sockets drained");
	if (!self_.over() && needs_peers()) {
		attempts_.report_refusal(table_); // before the roles look whether there is an event
	}
	const uint32_t wake = progress();
	table_.forget_gone();
	set_next_alarm();
	return wake | (has_events() ? kWakeEvents : kWakeNone);
}

void Endpoint::serve_ready(int64_t timeout_nanos) {
	void* tokens[WaitSet::kReadyMax];
	const int count = doorbell_.collect(tokens, timeout_nanos);
	for (int i = 0; i < count; ++i) {
		if (tokens[i] == nullptr) {
			on_alarm();
		} else if (tokens[i] == &rendezvous_) {
			acceptor_.accept_some();
		} else {
			auto& link = *static_cast<Link*>(tokens[i]); // links live until the end of the round
			if (serve(link)) {
				doorbell_.rang(link);
			}
		}
	}
}

void Endpoint::on_alarm() {
	doorbell_.alarm_taken();
	const uint64_t now = monotonic_nanos();
	handshake_.end_late(now);
	if (!retries_.take_due(now)) {
		return;
	}
	for (Link& link : table_.all()) {
		if (link.owes_ring && link.is(Link::State::kOpen)) {
			ring(link);
		}
	}
	shutdown_.announce();
	if (rendezvous_.looks_for_server()) {
		look_for_server();
		return;
	}
	const bool deaf = !rendezvous_.listen_again();
	if (rendezvous_.remove_dying() || deaf) {
		retries_.set(kConnectRetryNanos);
	}
	connector_.connect_again();
}

void Endpoint::set_next_alarm() {
	const uint64_t limit = handshake_.next_limit();
	const uint64_t retry = retries_.at();
	doorbell_.set_alarm(limit == 0 || retry == 0 ? std::max(limit, retry) : std::min(limit, retry));
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
