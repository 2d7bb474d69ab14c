// The loan of a writer: the room for one message that the caller fills before it is published.
#include <cassert>

#include "channel/writer/writer_endpoint.h"
#include "platform/clock.h"

namespace ringwire {

WriterEndpoint::Written WriterEndpoint::try_loan(uint64_t length, bool in_lane) {
	assert(limited_ || !in_lane);
	const Written room = check_room(length);
	if (room != Written::kAccepted) {
		return room;
	}
	on_loan_ = true;
	if (in_lane) {
		loan_memory_ = lane_->reserve(static_cast<uint32_t>(length));
		region_.keep_range();
	}
	return Written::kAccepted;
}

WriterEndpoint::Written WriterEndpoint::commit_loan(uint64_t length, const std::byte* bytes) {
	if (closed()) {
		abort_loan();
		return why_closed();
	}
	assert(on_loan_);
	on_loan_ = false;
	const uint64_t now = monotonic_nanos();
	if (loan_memory_ != nullptr) {
		loan_memory_ = nullptr;
		lane_->commit(static_cast<uint32_t>(length), now);
	} else {
		lane_->put(bytes, static_cast<uint32_t>(length), now);
	}
	published(length);
	return Written::kAccepted;
}

void WriterEndpoint::abort_loan() {
	if (loan_memory_ != nullptr) {
		loan_memory_ = nullptr;
		lane_->abort();
	}
	on_loan_ = false;
}

} // namespace ringwire
