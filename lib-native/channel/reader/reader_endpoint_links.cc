// The links of a reader: the cursor that it shares, the lane that it maps, and the rest of the lane after the writer has gone.
#include "channel/reader/reader_endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

void ReaderEndpoint::prepare_hello(WireHello& hello) {
	hello.holds_back = holds_back_ ? 1 : 0;
	hello.from_newest = options_.from_newest ? 1 : 0;
}

Status ReaderLink::greeted(const WireHello& hello) {
	has_pool = (hello.features_required & kFeaturePool) != 0;
	Status status = cursor_memory.create(kCursorBytes);
	if (!status.ok()) {
		return status;
	}
	cursor.emplace(cursor_memory.memory(), 0);
	sleeper.emplace(cursor->asleep_epoch());
	RINGWIRE_STEP("link: cursor made");
	const auto message = static_cast<uint8_t>(WireType::kCursor);
	status = Handshake::send(*this, &message, sizeof message, cursor_memory.share());
	RINGWIRE_STEP("cursor: sent");
	return status;
}

Link::Answer ReaderLink::received(WireType type, const void* message, size_t length, ReceivedHandle& handle) {
	if (!is(State::kSharing) || !handle.held()) {
		return Answer::kNotExpected;
	}
	if (type == WireType::kPool && length == 1 && has_pool && !pool) {
		Status status = reader_.take_pool(*this, handle.release());
		if (!status.ok()) {
			reader_.handshake_.refuse(*this, std::move(status), true);
		}
		return Answer::kTaken;
	}
	if (type != WireType::kWelcome || length != sizeof(WireWelcome) || has_pool != pool.has_value()) {
		return Answer::kNotExpected;
	}
	WireWelcome welcome;
	std::memcpy(&welcome, message, sizeof welcome);
	RINGWIRE_STEP("welcome: received");
	Status status = reader_.take_lane(*this, welcome.start, handle.release());
	if (!status.ok()) {
		reader_.handshake_.refuse(*this, std::move(status), true);
		return Answer::kTaken;
	}
	// If the peer has died or left, `complete` follows; if it has given this link up, its refusal does, and this side dials again.
	agree();
	reader_.await_writer(*this);
	return Answer::kTaken;
}

Status ReaderEndpoint::take_pool(ReaderLink& link, OsHandle handle) {
	link.leases = std::make_shared<LeasedLane>(link, open_leases_);
	Status status = link.pool_memory.map(handle, kPoolBytesMin, kPoolBytesMax, &link.leases->pool_view());
	PoolGeometry geometry;
	if (status.ok() && !PoolReader::inspect(link.pool_memory.memory(), link.pool_memory.bytes(), geometry)) {
		status = Status::failure(Code::kCorrupt, "the header of the writer's pool does not fit its size");
	}
	if (!status.ok()) {
		return status;
	}
	link.pool.emplace(link.pool_memory.memory(), geometry, link.cursor_memory.memory());
	handshake_.limit_time(link);
	RINGWIRE_STEP("link: pool mapped");
	const auto message = static_cast<uint8_t>(WireType::kMapped);
	status = Handshake::send(link, &message, sizeof message);
	RINGWIRE_STEP("mapped: sent");
	return status;
}

Status ReaderEndpoint::take_lane(ReaderLink& link, uint64_t start, OsHandle handle) {
	Status status = map_lane(link, handle);
	RINGWIRE_STEP("welcome: lane mapped");
	if (status.ok() && start > kSequenceMax) {
		status = Status::failure(Code::kCorrupt, "the writer's lane starts at sequence " + std::to_string(start) +
		                                             ", more than there can be");
	}
	if (status.ok()) {
		link.lane.emplace(link.lane_memory.memory(), link.geometry, start, holds_back_);
		if (link.pool) {
			link.lane->use_pool(link.pool_memory.memory(), link.pool->geometry());
		}
		link.consumed_to = link.delivered_to = start;
		link.cursor->advance(start);
		link.cursor_memory.stop_sharing();
		const auto ready = static_cast<uint8_t>(WireType::kReady);
		status = Handshake::send(link, &ready, sizeof ready);
		RINGWIRE_STEP("ready: sent");
	}
	return status;
}

// From here on the writer alone decides whether `ready` was in time.
void ReaderEndpoint::await_writer(ReaderLink& link) {
	if (link.introduced()) {
		link.deadline = 0;
	} else {
		handshake_.limit_time(link); // then it is reported
	}
}

Status ReaderEndpoint::map_lane(ReaderLink& link, OsHandle handle) {
	const uint64_t bytes_max = LaneGeometry{kCapacityMax, 1, kDepthMax}.lane_bytes();
	if (holds_back_ && link.leases == nullptr) {
		link.leases = std::make_shared<LeasedLane>(link, open_leases_);
	}
	Status status =
		link.lane_memory.map(handle, sizeof(LaneControl), bytes_max, holds_back_ ? &link.leases->view() : nullptr);
	if (status.ok() && !LaneReader::inspect(link.lane_memory.memory(), link.lane_memory.bytes(), link.geometry)) {
		status = Status::failure(Code::kCorrupt, "the header of the writer's lane does not fit its size");
	}
	return status;
}

// The lane is readable, whether its writer is there or not.
void ReaderLink::complete() {
	reader_.writers_found_ += 1;
	reader_.handshake_.opened(*this);
	reader_.wake_lane(*this);
}

bool ReaderEndpoint::complete_links() {
	const uint64_t found = writers_found_;
	if (links_.count(Link::State::kAgreed) != 0) {
		for (ReaderLink& link : links_.all()) {
			if (link.is(Link::State::kAgreed)) {
				serve(link);
				call_back_soon(); // it may be gone, and there may be an event
			}
		}
	}
	return writers_found_ > found;
}

void ReaderLink::rung() {
	reader_.wake_lane(*this);
}

Link::State ReaderLink::parted() {
	if (!is(State::kOpen)) {
		return State::kGone;
	}
	reader_.wake_lane(*this);
	// The mapping outlives the writer. Where nothing is left in it, the departure is reported without a read.
	return reader_.read_to_the_end(*this) ? State::kGone : State::kDraining;
}

bool ReaderEndpoint::read_to_the_end(ReaderLink& link) {
	const LaneReader::End end = link.lane->end();
	if (!link.lane->refresh() || link.lane->next() != link.lane->published()) {
		return false;
	}
	if ((end == LaneReader::End::kEnded || self_.over()) && !link.ended) {
		link.ended = true;
		ended_ += 1;
	}
	return true;
}

void ReaderEndpoint::describe(WireReport& report) {
	report.unread = unread();
	report.messages = counts_.messages;
	const uint64_t now = monotonic_nanos();
	for (const ReaderLink& link : links_.all()) {
		if (link.leases != nullptr) {
			report.leases += link.leases->count();
			report.oldest_lease_nanos = std::max(report.oldest_lease_nanos, link.leases->oldest_age(now));
		}
	}
}

void ReaderLink::count(LinkCounts& counts) const {
	counts.messages = messages;
	counts.bytes = bytes;
	counts.lost = lost;
	if (leases != nullptr) {
		counts.leases = leases->count();
		counts.oldest_lease_nanos = leases->oldest_age(monotonic_nanos());
	}
}

} // namespace ringwire
