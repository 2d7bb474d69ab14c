// How a reader waits: it polls for a short while, then lies down in every lane, looks once more, and sleeps.
#include "channel/reader/reader_endpoint.h"

#include <algorithm>
#include <thread>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

bool ReaderEndpoint::something(ReaderLink& link, uint64_t bound) {
	if (!link.readable()) {
		return false;
	}
	// A corrupt lane counts too, because reading is what finds it out.
	if (!link.lane->refresh()) {
		return true;
	}
	if (link.lane->published() != link.lane->next()) {
		return is_deliverable(link, bound);
	}
	return link.is(Link::State::kDraining) ||
	       (!link.ended && (self_.over() || link.lane->end() != LaneReader::End::kOpen));
}

void ReaderEndpoint::wake_lane(ReaderLink& link) {
	if (!link.awake) {
		link.awake = true;
		awake_.push_back(&link);
	}
}

void ReaderEndpoint::forget_gone_lanes() {
	std::erase_if(awake_, [](const ReaderLink* link) { return link->is(Link::State::kGone); });
}

void ReaderEndpoint::wake_all_lanes() {
	for (ReaderLink& link : links_.all()) {
		if (link.readable()) {
			wake_lane(link);
		}
	}
}

bool ReaderEndpoint::wake_lanes_with_messages() {
	forget_gone_lanes();
	const size_t before = awake_.size();
	if (before < links_.count(Link::State::kOpen) + links_.count(Link::State::kDraining)) {
		for (ReaderLink& link : links_.all()) {
			if (!link.awake && something(link, kNoBound)) {
				wake_lane(link);
			}
		}
	}
	return awake_.size() != before;
}

bool ReaderEndpoint::something() {
	const uint64_t bound = options_.order_by_time ? causal_bound() : kNoBound;
	if (self_.over()) {
		wake_all_lanes();
	}
	return has_events() || (!end_reported_ && finished()) ||
	       std::any_of(awake_.begin(), awake_.end(),
	                   [this, bound](ReaderLink* link) { return something(*link, bound); });
}

bool ReaderEndpoint::anything() {
	return something() || wake_lanes_with_messages();
}

bool ReaderEndpoint::begin_wait() {
	if (left()) {
		return true;
	}
	commit_all();
	if (wait_ != Wait::kNone) {
		return false;
	}
	if (something()) {
		return true;
	}
	const uint64_t budget = had_traffic_ ? spin_.begin() : 0;
	had_traffic_ = false;
	if (budget > 0) {
		const uint64_t now = monotonic_nanos();
		poll_alone_until_ = now + kPollAloneNanos;
		poll_until_ = now + budget;
		wait_ = Wait::kPolling;
		return false;
	}
	return !lie_down();
}

void ReaderEndpoint::cancel_wait() {
	if (wait_ == Wait::kAsleep && !left()) {
		get_up();
	}
	wait_ = Wait::kNone;
}

bool ReaderEndpoint::poll() {
	if (left()) {
		wait_ = Wait::kNone;
	}
	if (wait_ != Wait::kPolling) {
		return false; // a blocking call has gone on: a ring wakes a sleeping reader, and `owed_` one that is awake
	}
	for (uint64_t turn_until = 0;;) {
		if (anything()) {
			spin_.found();
			counts_.spins += 1;
			wait_ = Wait::kNone;
			return true;
		}
		const uint64_t now = monotonic_nanos();
		if (now >= poll_until_) {
			spin_.in_vain();
			return !lie_down();
		}
		if (turn_until == 0) {
			turn_until = now + kPollTurnNanos;
		} else if (now >= turn_until) {
			return false;
		}
		if (now >= poll_alone_until_) {
			std::this_thread::yield(); // the peer may be waiting for this very core
		}
	}
}

// The lanes that are not awake are armed already. Each publication there rings, unless a ring for the same epoch is on its way. False:
// something is there, and the reader is up again.
bool ReaderEndpoint::lie_down() {
	for (ReaderLink* link : awake_) {
		if (link->is(Link::State::kOpen)) {
			link->sleeper->disarm(); // its writer may have rung for the former epoch
			link->sleeper->arm();
		}
	}
	wake_fence();
	RINGWIRE_STEP("sleep: fenced");
	if (something()) {
		get_up();
		wait_ = Wait::kNone;
		return false;
	}
	for (ReaderLink* link : awake_) {
		link->awake = false;
	}
	awake_.clear();
	wait_ = Wait::kAsleep;
	counts_.sleeps += 1;
	RINGWIRE_STEP("sleep: looked in vain");
	return true;
}

void ReaderEndpoint::get_up() {
	if (!wakes_lanes_apart()) {
		wake_all_lanes();
	}
	for (ReaderLink* link : awake_) {
		link->sleeper->disarm();
	}
}

uint32_t ReaderEndpoint::progress() {
	for (Segment& segment : segments_) {
		if (segment.link != nullptr && segment.link->is(Link::State::kGone)) {
			segment.link = nullptr; // it is forgotten after this round
		}
	}
	forget_gone_lanes();
	report_end();
	if (wait_ == Wait::kAsleep) {
		// The doorbells have been drained; now the epochs, now the look.
		get_up();
		if (something() || !lie_down()) {
			wait_ = Wait::kNone;
			return kWakeData;
		}
	} else if (wait_ == Wait::kPolling && something()) {
		wait_ = Wait::kNone;
		return kWakeData;
	}
	return kWakeNone;
}

bool ReaderEndpoint::wait_until(uint64_t deadline) {
	const bool others_wait = wait_ != Wait::kNone;
	const bool found = begin_wait() || wait_on(deadline, others_wait);
	if (others_wait && wait_ == Wait::kNone) {
		owed_ |= kWakeData; // the earlier waiter looks again and waits on
	}
	end_blocking();
	return found;
}

bool ReaderEndpoint::wait_on(uint64_t deadline, bool others_wait) {
	uint64_t serve_at = monotonic_nanos() + kPollUnservedNanos;
	for (;;) {
		if (wait_ == Wait::kPolling) {
			if (poll()) {
				return true;
			}
			const uint64_t now = monotonic_nanos();
			if (wait_ == Wait::kPolling && now < serve_at && now < deadline) {
				continue;
			}
			serve_at = now + kPollUnservedNanos;
		}
		// Of a long budget the others on this thread get their part too.
		if ((service_until(wait_ == Wait::kPolling ? 0 : deadline) & kWakeData) != 0) {
			return true;
		}
		if (deadline != UINT64_MAX && monotonic_nanos() >= deadline) {
			if (!others_wait) {
				cancel_wait();
			}
			return anything();
		}
	}
}

} // namespace ringwire
