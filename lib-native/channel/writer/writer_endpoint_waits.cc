// The waits of a writer: for room for a message, and until everything is read. Both are one sequence for the readers to reach,
// the lower one, since a lane has one word for it.
#include "channel/writer/writer_endpoint.h"

#include <algorithm>
#include <utility>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

bool WriterEndpoint::want_space(uint64_t length) {
	if (closed() || fits(length)) {
		return true;
	}
	wanted_space_ = length;
	if (!arm()) {
		return false;
	}
	return settle(wanted_space_, fits(length));
}

bool WriterEndpoint::want_drained() {
	if (left()) {
		return true;
	}
	if (self_.over()) {
		return drained(); // no later wake: the event of the shutdown ends the wait
	}
	wanted_drained_ = lane_->published();
	if (drained()) {
		wanted_drained_.reset();
		return true;
	}
	return arm() ? settle(wanted_drained_, drained()) : false;
}

// After `arm` saw that something has come true: our own wish is answered at once, the other one by the next service.
bool WriterEndpoint::settle(std::optional<uint64_t>& wish, bool come_true) {
	if (come_true) {
		wish.reset();
	}
	if (!come_true || arm()) {
		call_back_soon();
	}
	return come_true;
}

void WriterEndpoint::cancel_space() {
	cancel(wanted_space_);
}

void WriterEndpoint::cancel_drained() {
	cancel(wanted_drained_);
}

void WriterEndpoint::cancel(std::optional<uint64_t>& wish) {
	if (wish && !left()) {
		wish.reset();
		if (arm()) {
			call_back_soon();
		}
	}
}

bool WriterEndpoint::arm() {
	const std::optional<uint64_t> release =
		limited_ && pool_ && pool_->is_wanted() ? in_pool_->next_release() : std::nullopt;
	if (!wanted_space_ && !wanted_drained_ && !release) {
		lane_->unwant();
		return false;
	}
	uint64_t helpful = release.value_or(UINT64_MAX);
	if (wanted_space_) {
		helpful = std::min(helpful, lane_->tail_worth_waking_for(tail_, *wanted_space_));
	}
	if (wanted_drained_) {
		helpful = std::min(helpful, *wanted_drained_);
	}
	lane_->want(helpful);
	wake_fence();
	RINGWIRE_STEP("want: fenced");
	if (!(wanted_space_ && fits(*wanted_space_)) && !(wanted_drained_ && drained())) {
		RINGWIRE_STEP("want: looked in vain");
		return false;
	}
	lane_->unwant();
	if (release) {
		call_back_soon(); // until the lane is armed again no reader rings for the room in the pool: the pool looks then
	}
	return true;
}

uint32_t WriterEndpoint::take_fulfilled() {
	uint32_t wake = kWakeNone;
	if (wanted_space_ && (closed() || fits(*wanted_space_))) {
		wanted_space_.reset();
		wake |= kWakeSpace;
	}
	if (wanted_drained_ && (self_.over() || drained())) {
		wanted_drained_.reset();
		wake |= kWakeDrained;
	}
	return wake;
}

uint32_t WriterEndpoint::progress() {
	uint32_t wake = kWakeNone;
	if (pool_ || wanted_space_ || wanted_drained_) {
		// The doorbells have been drained; now the epoch, now the look. It may have been armed for the pool alone: a reader that has rung for this
		// epoch would not ring for the next wish.
		lane_->unwant();
	}
	if (wanted_space_ || wanted_drained_) {
		wake |= take_fulfilled();
		while (arm()) { // ends: each round fulfils at least one of two wishes
			wake |= take_fulfilled();
		}
	}
	if (pool_) {
		pool_->look(); // last, because each of the looks above ends what was armed for the pool
		wake |= std::exchange(has_room_, false) ? kWakeRoom : kWakeNone;
	}
	return wake;
}

bool WriterEndpoint::wait_space(uint64_t length, uint64_t deadline) {
	const bool others_wait = wanted_space_.has_value();
	bool there = want_space(length);
	while (!there) {
		const uint32_t wake = service_until(deadline);
		there = (wake & kWakeSpace) != 0;
		owed_ |= wake & (kWakeDrained | kWakeRoom);
		if (!there && (has_events() || (deadline != UINT64_MAX && monotonic_nanos() >= deadline))) {
			cancel_space();
			there = closed() || fits(length);
			break;
		}
	}
	if (others_wait && !wanted_space_) {
		owed_ |= kWakeSpace; // the earlier waiter looks again and waits on
	}
	end_blocking();
	return there;
}

} // namespace ringwire
