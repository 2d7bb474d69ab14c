#include "channel/link/doorbell.h"

#include "core/step.h"

namespace ringwire {

Status Doorbell::watch(Link& link) {
	return wait_set_.watch(link.socket, &link)
	           ? Status{}
	           : Status::failure(Code::kLimit, "the kernel could not watch one more socket");
}

void Doorbell::hang_up(Link& link) {
	last_ringer_ = last_ringer_ == &link ? nullptr : last_ringer_;
	if (link.socket.open()) {
		wait_set_.unwatch(link.socket);
		link.socket.close();
	}
}

LinkEnd::Sent Doorbell::ring(Link& link, Status& status) {
	RINGWIRE_STEP("ring: due");
	const LinkEnd::Sent sent = knock(link, status);
	if (sent != LinkEnd::Sent::kBusy) {
		rings_ += 1;
		link.rings += 1;
	}
	return sent;
}

LinkEnd::Sent Doorbell::knock(Link& link, Status& status) {
	const auto message = static_cast<uint8_t>(WireType::kRing);
	// Full: a message waits there already, and wakes it as well. Gone: end-of-file follows. Busy: nothing has come there, and
	// no other ring follows for this sleep.
	const LinkEnd::Sent sent = link.socket.send(&message, 1, status);
	link.owes_ring = sent == LinkEnd::Sent::kBusy;
	RINGWIRE_STEP("ring: sent");
	return sent;
}

void Doorbell::set_alarm(uint64_t at) {
	const uint64_t next = soon_ ? 1 : at;
	if (next != alarm_at_) {
		alarm_at_ = next;
		wait_set_.set_alarm(next);
	}
}

void Doorbell::advance_alarm(uint64_t at) {
	if (alarm_at_ == 0 || at < alarm_at_) {
		set_alarm(at);
	}
}

Link* Doorbell::expected() {
	if (last_ringer_ == nullptr || rounds_unasked_ == kRoundsUnaskedMax) {
		return nullptr;
	}
	rounds_unasked_ += 1;
	return last_ringer_;
}

int Doorbell::collect(void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos) {
	rounds_unasked_ = 0;
	return wait_set_.collect(tokens, timeout_nanos);
}

} // namespace ringwire
