// The links of a writer: the lane that it shares, the cursor that it is shown, and where a new reader begins.
#include "channel/writer/writer_endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

void WriterEndpoint::prepare_hello(WireHello& hello) {
	if (pool_) {
		hello.features_offered |= kFeaturePool;
		hello.features_required |= kFeaturePool;
	}
}

// The reader sends its cursor next.
Status WriterLink::greeted(const WireHello& hello) {
	if (writer_.pool_ && (hello.features_offered & kFeaturePool) == 0) {
		return lacks_feature(kFeaturePool);
	}
	holds_back = writer_.limited_ && hello.holds_back != 0;
	from_newest = hello.from_newest != 0;
	return {};
}

Link::Answer WriterLink::received(WireType type, const void*, size_t length, ReceivedHandle& handle) {
	const bool is_cursor = type == WireType::kCursor && length == 1 && is(State::kSharing) && handle.held();
	const bool is_mapped = type == WireType::kMapped && length == 1 && is(State::kSharing) && !handle.held();
	if ((is_cursor && !awaits_mapped) || (is_mapped && awaits_mapped)) {
		Status status = is_cursor ? writer_.take_cursor(*this, handle.release()) : writer_.welcome(*this);
		if (!status.ok()) {
			writer_.handshake_.refuse(*this, std::move(status), true);
		}
		return Answer::kTaken;
	}
	if (type == WireType::kReady && length == 1 && is(State::kAgreed)) {
		RINGWIRE_STEP("ready: received");
		writer_.handshake_.opened(*this);
		writer_.knock(*this); // before this the reader neither reads nor sleeps in the lane
		return Answer::kTaken;
	}
	return Answer::kNotExpected;
}

Link::State WriterLink::parted() {
	// Its last sequence counts, if it was the only reader: the next one goes on from there.
	if (holds()) {
		writer_.refresh_tail();
	}
	return State::kGone;
}

void WriterLink::count(LinkCounts& counts) const {
	CursorView now = *cursor;
	(void)now.refresh(writer_.lane_->published()); // a lie is found out when it matters
	counts.messages = now.sequence() - start;
	counts.leases = pinned();
}

void WriterLink::abandoning() {
	writer_.has_unknown_reader_ = true; // it may have mapped the lane
}

uint64_t WriterLink::pinned() const {
	std::vector<uint64_t> sequences;
	if (pins) {
		(void)pins->collect(writer_.lane_->published(), sequences); // a lie is found out when it matters
	}
	return sequences.size();
}

Status WriterEndpoint::take_cursor(WriterLink& link, OsHandle cursor) {
	RINGWIRE_STEP("cursor: received");
	Status status = link.memory.map(cursor, kCursorBytes, kCursorBytes);
	if (!status.ok() || !pool_) {
		return status.ok() ? welcome(link) : status;
	}
	link.awaits_mapped = true;
	handshake_.limit_time(link);
	const auto message = static_cast<uint8_t>(WireType::kPool);
	status = Handshake::send(link, &message, sizeof message, pool_->share());
	RINGWIRE_STEP("link: pool sent");
	return status;
}

Status WriterEndpoint::welcome(WriterLink& link) {
	Status status = region_.allocate(region_.bytes()); // the reader refuses a lane with holes
	if (!status.ok()) {
		return status;
	}
	if (limited_) {
		refresh_tail();
	}
	uint64_t start = lane_->published();
	if (!link.from_newest) {
		start = limited_ ? tail_ : std::min(start, lane_->oldest_intact());
	}
	RINGWIRE_STEP("cursor: mapped");
	link.start = start;
	link.cursor.emplace(link.memory.memory(), start);
	if (pool_) {
		link.pins.emplace(link.memory.memory(), start);
	}
	link.agree();
	handshake_.limit_time(link);
	WireWelcome message;
	std::memset(&message, 0, sizeof message);
	message.type = static_cast<uint8_t>(WireType::kWelcome);
	message.start = start;
	status = Handshake::send(link, &message, sizeof message, region_.share());
	RINGWIRE_STEP("welcome: sent");
	return status;
}

void WriterEndpoint::describe(WireReport& report) {
	report.capacity = geometry_.capacity;
	report.depth = geometry_.depth;
	report.unread = unread();
	report.unread_bytes = unread_bytes();
	report.messages = counts_.messages;
	report.holders = holders();
	report.waiting = wanted_space_ ? 1 : 0;
	if (!pool_) {
		return;
	}
	report.pool_bytes = pool_->chunks().geometry().bytes - kChunksOffset;
	report.pool_used = report.pool_bytes - pool_->chunks().free_bytes();
	for (const WriterLink& link : links_.all()) {
		report.leases += link.pinned();
	}
	if (pool_->is_wanted_by(*this)) {
		constexpr uint8_t kRoomInPool = 2;
		report.waiting = kRoomInPool;
	}
}

} // namespace ringwire
