// The messages of a writer in its pool, and what the pool asks of the writer's readers.
#include <algorithm>
#include <cassert>
#include <utility>

#include "channel/writer/writer_endpoint.h"
#include "platform/clock.h"

namespace ringwire {

Status WriterEndpoint::use_pool(std::shared_ptr<SharedPool> pool) {
	assert(!lane_ && !pool_);
	Status status = pool->admit(self_.contract.group);
	if (status.ok()) {
		pool_ = std::move(pool);
	}
	return status;
}

WriterEndpoint::~WriterEndpoint() {
	leave();
	if (in_pool_) {
		pool_->leave(*this);
	}
}

WriterEndpoint::Written WriterEndpoint::keep_descriptor() {
	if (closed()) {
		return why_closed();
	}
	if (on_loan_) {
		return Written::kBusy;
	}
	if (!limited_) {
		return Written::kAccepted; // it takes one from an older message
	}
	if (!fits(0)) {
		return Written::kFull;
	}
	lane_->keep_descriptor();
	return Written::kAccepted;
}

void WriterEndpoint::give_back_descriptor() {
	if (closed()) {
		return; // nothing else is put
	}
	if (limited_) {
		lane_->give_back_descriptor();
	}
	if (wanted_space_) {
		call_back_soon();
	}
}

WriterEndpoint::Written WriterEndpoint::put_from_pool(uint32_t chunk, uint64_t length) {
	if (limited_) {
		lane_->give_back_descriptor();
	}
	if (closed()) {
		return why_closed();
	}
	in_pool_->put(chunk, static_cast<uint32_t>(length), monotonic_nanos());
	published(length);
	pool_changed();
	return Written::kAccepted;
}

// A message can be retired that could not before. The wish looks in the next round, when the caller has released the chunk.
void WriterEndpoint::pool_changed() {
	if (pool_->is_wanted()) {
		call_back_soon();
	}
}

// The chunks that no reader needs any more are free. Of the others nothing is known from now on.
void WriterEndpoint::leaving() {
	if (!in_pool_) {
		return;
	}
	pool_->cancel_room(*this);
	if (!has_unknown_reader_) {
		in_pool_->retire_below(read_by_all());
	}
	pool_->look();
}

uint64_t WriterEndpoint::read_by_all() {
	uint64_t lowest = lane_->published();
	for (WriterLink& link : links_.all()) {
		if (link.is(Link::State::kOpen)) {
			(void)link.cursor->refresh(lane_->published()); // a liar keeps the position that it had before
		}
		if (link.is(Link::State::kAgreed) || link.is(Link::State::kOpen)) {
			lowest = std::min(lowest, link.cursor->sequence());
		}
	}
	return lowest;
}

uint64_t WriterEndpoint::retirable_below() {
	if (left() || has_unknown_reader_) {
		return 0; // its readers may go on reading
	}
	if (limited_) {
		refresh_tail();
		return tail_;
	}
	const uint64_t published = lane_->published();
	return self_.contract.overflow == Overflow::kLatest && published > 0 ? published - 1 : published;
}

bool WriterEndpoint::want_room(uint64_t length) {
	return closed() || pool_->want_room(*this, length);
}

bool WriterEndpoint::want_loan(uint64_t length) {
	if (closed()) {
		return true;
	}
	if (limited_ && !fits(0)) {
		cancel_room();
		return want_space(0);
	}
	cancel_space();
	return want_room(length);
}

void WriterEndpoint::arm_for_room() {
	if (left() || !limited_) {
		return;
	}
	lane_->unwant(); // readers that have rung ring again
	if (arm()) {
		call_back_soon(); // the lane is not armed: that round does it
	}
}

void WriterEndpoint::room_is_there() {
	has_room_ = true;
	call_back_soon();
}

bool WriterEndpoint::collect_pins(std::vector<uint64_t>& sequences) {
	if (left() || has_unknown_reader_) {
		return false;
	}
	for (WriterLink& link : links_.all()) {
		const bool has_lane = link.is(Link::State::kAgreed) || link.is(Link::State::kOpen);
		// It is closed, but stays in the table, and the next round of service looks for the room that its pins have left.
		if (has_lane && !link.pins->collect(lane_->published(), sequences)) {
			expel(link, Status::failure(Code::kCorrupt, "the reader has pinned a message that it cannot have"));
		}
	}
	return true;
}

} // namespace ringwire
