#include "channel/writer/writer_endpoint.h"

#include <algorithm>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

namespace {

uint64_t step_of(const LaneGeometry& geometry) {
	return std::min(kLaneStepBytes, geometry.capacity / kLaneStepDivisor);
}

} // namespace

WriterEndpoint::WriterEndpoint(const Contract& contract, const LaneGeometry& geometry)
	: Endpoint(contract, Role::kWriter, links_), geometry_(geometry), limited_(has_limit(contract.overflow)) {}

Status WriterEndpoint::open() {
	Status status = make_lane(false);
	return status.ok() ? join() : status;
}

Status WriterEndpoint::open_on(LinkEnd& end, const Peer& reader) {
	Status status = make_lane(true); // it is shared next
	return status.ok() ? adopt(end, reader, true) : status;
}

Status WriterEndpoint::make_lane(bool whole) {
	const uint64_t bytes = geometry_.lane_bytes();
	Status status = geometry_.valid()
	                    ? region_.create(bytes, whole ? bytes : geometry_.payload_offset() + step_of(geometry_))
	                    : Status::failure(Code::kUnsupported, "capacity, depth or messageMax is out of range");
	if (status.ok()) {
		lane_.emplace(region_.memory(), geometry_, self_.id, limited_ ? CopyKind::kOrdered : CopyKind::kRacing);
		if (pool_) {
			in_pool_.emplace(pool_->chunks(), *lane_, static_cast<PoolReaders&>(*this));
			pool_->join(*this, self_.contract.group);
		}
	} else {
		leave();
	}
	return status;
}

// --- Writing

bool WriterEndpoint::reserve(uint64_t bytes) {
	const uint64_t extent = lane_->extent_with(bytes);
	if (extent > region_.allocated()) {
		const uint64_t step_end = std::min(region_.allocated() + step_of(geometry_), region_.bytes());
		shortage_ = region_.allocate(std::max(extent, step_end));
		return shortage_.ok();
	}
	return true;
}

WriterEndpoint::Written WriterEndpoint::check_room(uint64_t length) {
	if (closed()) {
		return why_closed();
	}
	if (on_loan_) {
		return Written::kBusy;
	}
	if (length > geometry_.message_max) {
		return Written::kTooLarge;
	}
	if (!fits(length)) {
		return Written::kFull;
	}
	return has_memory_for(length) ? Written::kAccepted : Written::kNoMemory;
}

WriterEndpoint::Written WriterEndpoint::refuse(Written reason) {
	if (reason != Written::kFull || self_.contract.overflow == Overflow::kBlock) {
		return reason;
	}
	counts_.dropped += 1;
	return Written::kDropped;
}

WriterEndpoint::Written WriterEndpoint::try_write(const std::byte* message, uint64_t length) {
	const Written room = check_room(length);
	if (room != Written::kAccepted) {
		return refuse(room);
	}
	lane_->put(message, static_cast<uint32_t>(length), monotonic_nanos());
	published(length);
	return Written::kAccepted;
}

WriterEndpoint::Written WriterEndpoint::try_write(const MessageParts& message) {
	const Written room = check_room(message.length());
	if (room != Written::kAccepted) {
		return refuse(room);
	}
	lane_->put(message, monotonic_nanos());
	published(message.length());
	return Written::kAccepted;
}

void WriterEndpoint::published(uint64_t length) {
	lane_->publish();
	counts_.messages += 1;
	counts_.bytes += length;
	ring_sleepers();
	if (in_pool_ && self_.contract.overflow == Overflow::kLatest) {
		pool_changed(); // the message before is not the newest any more
	}
}

WriterEndpoint::BatchWritten WriterEndpoint::try_write_batch(const std::byte* slab, const uint32_t* ends,
                                                             uint32_t count) {
	if (closed()) {
		return {why_closed(), 0};
	}
	if (on_loan_) {
		return {Written::kBusy, 0};
	}
	// For all of them, so that a lack of memory leaves no part of the batch.
	if (count > 0 && !has_memory_for(ends[count - 1] + count * kPayloadAlignment)) {
		return {Written::kNoMemory, 0};
	}
	const uint64_t now = monotonic_nanos();
	uint32_t accepted = 0;
	uint32_t begin = 0;
	for (uint32_t i = 0; i < count; ++i) {
		const uint32_t length = ends[i] - begin;
		if (length > geometry_.message_max || !fits(length)) {
			if (self_.contract.overflow == Overflow::kBlock || length > geometry_.message_max) {
				break;
			}
			counts_.dropped += 1;
		} else {
			lane_->put(slab + begin, length, now);
			counts_.bytes += length;
			accepted += 1;
		}
		begin = ends[i];
	}
	if (accepted > 0) {
		lane_->publish();
		counts_.messages += accepted;
		ring_sleepers();
		if (in_pool_ && self_.contract.overflow == Overflow::kLatest) {
			pool_changed();
		}
	}
	return {Written::kAccepted, accepted};
}

void WriterEndpoint::ring_sleepers() {
	wake_fence();
	RINGWIRE_STEP("ring: fenced");
	for (WriterLink& link : links_.all()) {
		// Relaxed: wake_fence orders it after our publishing.
		if (link.is(Link::State::kOpen) && link.bell.due(link.cursor->asleep_epoch().load(std::memory_order_relaxed))) {
			ring(link);
		}
	}
}

void WriterEndpoint::end() {
	if (closed()) {
		return;
	}
	abort_loan();
	ended_ = true;
	lane_->end();
	ring_sleepers();
}

// --- The readers that hold the lane back

bool WriterEndpoint::fits(uint64_t length) {
	if (!limited_ || lane_->fits(tail_, length)) {
		return true;
	}
	refresh_tail();
	return lane_->fits(tail_, length);
}

void WriterEndpoint::refresh_tail() {
	uint64_t lowest = UINT64_MAX;
	bool has_reader = false;
	bool is_held = false;
	for (WriterLink& link : links_.all()) {
		if (!link.holds()) {
			continue;
		}
		// Before it is ready the reader's sequence is the one in the welcome: it holds the lane back, but has read nothing.
		if (link.is(Link::State::kOpen) && !link.cursor->refresh(lane_->published())) {
			expel(link,
			      Status::failure(Code::kCorrupt,
			                      "the sequence in the reader's cursor went backwards or past the published messages"));
			continue;
		}
		lowest = std::min(lowest, link.cursor->sequence());
		has_reader = has_reader || link.is(Link::State::kOpen);
		is_held = true;
	}
	if (awaits_readers()) {
		passed_ = has_reader ? lowest : passed_; // counts if the awaited one is given up and the others have left
		return;
	}
	// Without a reader that holds back everything from the tail on is kept for the first one to come.
	if (has_reader) {
		tail_ = std::max(tail_, lowest);
	} else if (!is_held) {
		tail_ = std::max(tail_, passed_);
	}
	passed_ = has_reader ? 0 : passed_;
}

uint64_t WriterEndpoint::holders() const {
	uint64_t sum = 0;
	for (const WriterLink& link : links_.all()) {
		sum += link.holds() ? 1 : 0;
	}
	return sum;
}

bool WriterEndpoint::awaits_readers() const {
	return links_.in_handshake() != 0 &&
	       links_.any([](const WriterLink& link) { return link.awaited() && link.state() < Link::State::kAgreed; });
}

uint64_t WriterEndpoint::room() {
	if (closed() || on_loan_) {
		return 0;
	}
	if (!limited_) {
		return geometry_.message_max;
	}
	refresh_tail();
	return lane_->room(tail_);
}

uint64_t WriterEndpoint::unread() {
	if (!lane_ || !limited_) {
		return 0;
	}
	if (!left()) {
		refresh_tail();
	}
	return lane_->published() - tail_;
}

uint64_t WriterEndpoint::unread_bytes() {
	return limited_ && lane_ && !left() ? lane_->bytes_since(tail_) : 0;
}

bool WriterEndpoint::drained() {
	if (!limited_) {
		return true;
	}
	refresh_tail();
	return tail_ >= wanted_drained_.value_or(lane_->published());
}

} // namespace ringwire
