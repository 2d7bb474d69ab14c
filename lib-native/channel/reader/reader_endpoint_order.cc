// In which order a reader takes from its lanes: in turn, or by the times at which messages were sent.
#include "channel/reader/reader_endpoint.h"

#include <algorithm>

#include "platform/clock.h"

namespace ringwire {

void ReaderEndpoint::begin_share(ReaderLink& link) {
	link.looks_in_batch = 0;
	link.bytes_in_batch = 0;
}

// Not the whole lane at once: its writer must not stand still until the batch is consumed.
bool ReaderEndpoint::has_its_share(const ReaderLink& link) {
	return link.bytes_in_batch >= link.lane->geometry().capacity / kBatchBytesPerLaneDivisor;
}

void ReaderEndpoint::expel_for_count(ReaderLink& link) {
	expel(link, Status::failure(Code::kCorrupt, "the writer's count of messages went backwards, or beyond all bounds"));
}

// --- In turn

void ReaderEndpoint::read_in_turn(Batch& batch) {
	if (self_.over()) {
		wake_all_lanes(); // a shutdown ends them all
	}
	const size_t lanes = awake_.size();
	const size_t first = turn_; // which changes on the way
	for (size_t i = 0; i < lanes && !batch.full(); ++i) {
		const size_t index = (first + i) % lanes;
		ReaderLink& link = *awake_[index];
		if (!link.readable()) {
			continue;
		}
		begin_share(link);
		const uint32_t count_before = batch.count;
		const uint32_t count_limit =
			latest_ ? 1 : std::max<uint32_t>(1, batch.count_max / static_cast<uint32_t>(std::min<size_t>(lanes, 16)));
		if (latest_) {
			report_loss(link, link.lane->skip_to_newest());
		}
		Message message;
		while (!batch.full() && batch.count - count_before < count_limit && !has_its_share(link) &&
		       locate(link, batch, message)) {
			if (!take(link, batch, message)) {
				break;
			}
		}
		if (batch.count > count_before) {
			turn_ = index + 1;
		}
	}
}

// --- By time

void ReaderEndpoint::read_by_time(Batch& batch) {
	for (ReaderLink& link : links_.all()) {
		begin_share(link);
	}
	for (uint32_t looks = 0; looks < kLooksMax; ++looks) {
		if (merge(batch, monotonic_nanos())) {
			return;
		}
	}
}

// Merges the lanes by send time. The clock is read first (`horizon`), then the backlog and the hellos in it, then what is published. A cause
// was published before its effect was sent. So if the effect was sent before the horizon, the cause is in a lane that is looked at here, or
// its writer has sent its hello and bounds the merge: a writer has sent its hello to every reader that it found before its opening returned, and
// the reader has dialled every other one. False: everything was sent after the horizon, but not after now: a later horizon is needed.
bool ReaderEndpoint::merge(Batch& batch, uint64_t horizon) {
	acceptor_.accept_all();
	const uint64_t bound = causal_bound();
	look_at_all_lanes();
	find_heads(batch);
	while (!batch.full() && !heads_.empty()) {
		const Head head = heads_.front();
		const uint64_t sent = head.message.send_time;
		if (bound != kNoBound && sent >= bound) {
			return true; // its cause may be in a lane that is not linked yet
		}
		if (sent > horizon && batch.count > 0) {
			return true; // something older may be there by now
		}
		if (sent > horizon && sent <= monotonic_nanos()) {
			return false;
		}
		// A time in the future is another clock's (a time namespace) or a lie; its lane must go on all the same.
		std::pop_heap(heads_.begin(), heads_.end(), sent_later);
		heads_.pop_back();
		ReaderLink& link = links_.at(head.lane);
		const uint32_t count_before = batch.count;
		const bool goes_on = take(link, batch, head.message);
		if (batch.stop || has_its_share(link)) {
			return true; // without this lane what follows in the others would be too early
		}
		if (goes_on && !(latest_ && batch.count > count_before)) {
			find_head(head.lane, batch);
		}
	}
	return true;
}

// Messages that were sent from this time on can have causes in lanes that are not linked yet; kNoBound: there is no such lane. A writer
// that is silent for longer than a handshake may take does not count.
uint64_t ReaderEndpoint::causal_bound() const {
	uint64_t bound = kNoBound;
	if (links_.in_handshake() == 0) {
		return bound;
	}
	for (const ReaderLink& link : links_.all()) {
		if (link.is(Link::State::kAgreed) && link.deadline == 0 && !link.introduced()) {
			continue; // reported as silent
		}
		if (link.is_promised()) {
			bound = std::min(bound, link.born);
		} else if (link.awaited() && link.shaking_hands()) {
			bound = 0; // it can be of any age
		}
	}
	return bound;
}

bool ReaderEndpoint::is_deliverable(ReaderLink& link, uint64_t bound) {
	Message message;
	return bound == kNoBound || link.lane->locate(message) != ReadOutcome::kMessage || message.send_time < bound;
}

void ReaderEndpoint::look_at_all_lanes() {
	for (ReaderLink& link : links_.all()) {
		if (link.readable() && !link.lane->refresh()) {
			expel_for_count(link);
		}
	}
}

// The next message of each lane. One that we are lapped in all the time has none, so that the others are read.
void ReaderEndpoint::find_heads(Batch& batch) {
	heads_.clear();
	for (size_t lane = 0; lane < links_.slots(); ++lane) {
		ReaderLink& link = links_.at(lane);
		if (latest_ && link.readable()) {
			report_loss(link, link.lane->skip_to_newest());
		}
		if (link.readable()) {
			find_head(lane, batch);
		}
	}
}

void ReaderEndpoint::find_head(size_t lane, Batch& batch) {
	Head head{lane, {}};
	if (locate(links_.at(lane), batch, head.message)) {
		heads_.push_back(head);
		std::push_heap(heads_.begin(), heads_.end(), sent_later);
	}
}

// Of messages that were sent at the same time the one of the lower lane is first.
bool ReaderEndpoint::sent_later(const Head& one, const Head& other) {
	return one.message.send_time != other.message.send_time ? one.message.send_time > other.message.send_time
	                                                        : one.lane > other.lane;
}

} // namespace ringwire
