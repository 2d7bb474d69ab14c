// The links of a writer: the lane that it shares, the cursor that it is shown, and where a new reader begins.
#include "channel/writer_endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Link> WriterEndpoint::make_link() {
	return std::make_unique<WriterLink>();
}

// The reader sends its cursor next.
Status WriterEndpoint::greeted(Link& base, const WireHello& hello) {
	auto& link = static_cast<WriterLink&>(base);
	link.holds_back = limited_ && hello.holds_back != 0;
	link.from_newest = hello.from_newest != 0;
	return {};
}

WriterEndpoint::Answer WriterEndpoint::received(Link& base, WireType type, const void*, size_t length,
                                                ReceivedHandle& handle) {
	auto& link = static_cast<WriterLink&>(base);
	if (type == WireType::kCursor && length == 1 && link.state == Link::State::kSharing && handle.held()) {
		RINGWIRE_STEP("cursor: received");
		Status status = welcome(link, handle.release());
		if (!status.ok()) {
			refuse(link, std::move(status), true);
		}
		return Answer::kTaken;
	}
	if (type == WireType::kReady && length == 1 && link.state == Link::State::kAgreed) {
		RINGWIRE_STEP("ready: received");
		opened(link);
		knock(link); // before this the reader neither reads nor sleeps in the lane
		return Answer::kTaken;
	}
	return Answer::kNotExpected;
}

Status WriterEndpoint::welcome(WriterLink& link, OsHandle cursor) {
	Status status = link.memory.map(cursor, kCursorBytes, kCursorBytes);
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
	link.state = Link::State::kAgreed;
	await_peer(link);
	WireWelcome message;
	std::memset(&message, 0, sizeof message);
	message.type = static_cast<uint8_t>(WireType::kWelcome);
	message.start = start;
	status = say(link, &message, sizeof message, region_.share());
	RINGWIRE_STEP("welcome: sent");
	return status;
}

Link::State WriterEndpoint::parted(Link& base) {
	auto& link = static_cast<WriterLink&>(base);
	// Its last sequence counts, if it was the only reader: the next one goes on from there.
	if (holds(link)) {
		refresh_tail();
	}
	return Link::State::kGone;
}

void WriterEndpoint::describe(WireReport& report) {
	report.capacity = geometry_.capacity;
	report.depth = geometry_.depth;
	report.unread = unread();
	report.unread_bytes = unread_bytes();
	report.messages = counts_.messages;
	report.holders = holders();
	report.waiting = wanted_space_ ? 1 : 0;
}

void WriterEndpoint::count_link(const Link& base, LinkCounts& counts) const {
	const auto& link = static_cast<const WriterLink&>(base);
	CursorView now = *link.cursor;
	(void)now.refresh(lane_->published()); // a lie is found out when it matters
	counts.messages = now.sequence() - link.start;
}

} // namespace ringwire
