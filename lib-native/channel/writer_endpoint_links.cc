// The links of a writer: the lane that it shares, the cursor that it is shown, and where a new reader begins.
#include "channel/writer_endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Link> WriterEndpoint::make_link(Status&) {
	return std::make_unique<WriterLink>();
}

void WriterEndpoint::prepare_hello(Link&, WireHello&, OsHandle& share) {
	share = region_.share();
}

Status WriterEndpoint::agreed(Link& base, const WireHello& hello, OsHandle region) {
	auto& link = static_cast<WriterLink&>(base);
	Status status = link.memory.map(region, kCursorBytes, kCursorBytes);
	if (!status.ok()) {
		return status;
	}
	link.holds_back = limited_ && hello.holds_back != 0;
	if (limited_) {
		refresh_tail();
	}
	uint64_t start = lane_->published();
	if (hello.from_newest == 0) {
		start = limited_ ? tail_ : std::min(start, lane_->oldest_intact());
	}
	RINGWIRE_STEP("hello: cursor mapped");
	link.start = start;
	link.cursor.emplace(link.memory.memory(), start);
	WireWelcome welcome;
	std::memset(&welcome, 0, sizeof welcome);
	welcome.type = static_cast<uint8_t>(WireType::kWelcome);
	welcome.start = start;
	status = say(link, &welcome, sizeof welcome);
	RINGWIRE_STEP("welcome: sent");
	return status;
}

bool WriterEndpoint::received(Link& base, WireType type, const void*, size_t length) {
	auto& link = static_cast<WriterLink&>(base);
	if (type != WireType::kReady || length != 1 || link.state != Link::State::kAgreed) {
		return false;
	}
	RINGWIRE_STEP("ready: received");
	opened(link);
	knock(link); // it does not read before, nor sleep in our lane
	return true;
}

Link::State WriterEndpoint::parted(Link& base) {
	auto& link = static_cast<WriterLink&>(base);
	// What it read last counts, should it have been the only one: the next reader goes on from there.
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
