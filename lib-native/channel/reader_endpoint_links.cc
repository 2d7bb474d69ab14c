// The links of a reader: the cursor that it shares, the lane that it maps, and the rest of the lane after the writer has gone.
#include "channel/reader_endpoint.h"

#include <cstring>

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Link> ReaderEndpoint::make_link() {
	return std::make_unique<ReaderLink>();
}

void ReaderEndpoint::prepare_hello(WireHello& hello) {
	hello.holds_back = holds_back_ ? 1 : 0;
	hello.from_newest = options_.from_newest ? 1 : 0;
}

Status ReaderEndpoint::greeted(Link& base, const WireHello&) {
	auto& link = static_cast<ReaderLink&>(base);
	Status status = link.cursor_memory.create(kCursorBytes);
	if (!status.ok()) {
		return status;
	}
	link.cursor.emplace(link.cursor_memory.memory(), 0);
	link.sleeper.emplace(link.cursor->asleep_epoch());
	RINGWIRE_STEP("link: cursor made");
	const auto message = static_cast<uint8_t>(WireType::kCursor);
	status = say(link, &message, sizeof message, link.cursor_memory.share());
	RINGWIRE_STEP("cursor: sent");
	return status;
}

ReaderEndpoint::Answer ReaderEndpoint::received(Link& base, WireType type, const void* message, size_t length,
                                                ReceivedHandle& handle) {
	auto& link = static_cast<ReaderLink&>(base);
	if (type != WireType::kWelcome || length != sizeof(WireWelcome) || link.state != Link::State::kSharing ||
	    !handle.held()) {
		return Answer::kNotExpected;
	}
	WireWelcome welcome;
	std::memcpy(&welcome, message, sizeof welcome);
	RINGWIRE_STEP("welcome: received");
	Status status = map_lane(link, handle.release());
	RINGWIRE_STEP("welcome: lane mapped");
	if (status.ok() && welcome.start > kSequenceMax) {
		status = Status::failure(Code::kCorrupt, "the writer's lane starts at sequence " +
		                                             std::to_string(welcome.start) + ", more than there can be");
	}
	if (status.ok()) {
		link.lane.emplace(link.lane_memory.memory(), link.geometry, welcome.start, holds_back_);
		link.delivered_to = welcome.start;
		link.cursor->advance(welcome.start);
		link.cursor_memory.stop_sharing();
		const auto ready = static_cast<uint8_t>(WireType::kReady);
		status = say(link, &ready, sizeof ready);
		RINGWIRE_STEP("ready: sent");
	}
	if (!status.ok()) {
		refuse(link, std::move(status), true);
		return Answer::kTaken;
	}
	// If the peer has died or left, `complete` follows; if it has given this link up, its refusal does, and this side dials again.
	link.state = Link::State::kAgreed;
	await_writer(link);
	return Answer::kTaken;
}

// From here on the writer alone decides whether `ready` was in time.
void ReaderEndpoint::await_writer(ReaderLink& link) {
	if (link.introduced()) {
		link.deadline = 0;
	} else {
		await_peer(link); // then it is reported
	}
}

Status ReaderEndpoint::map_lane(ReaderLink& link, OsHandle handle) {
	const uint64_t bytes_max = LaneGeometry{kCapacityMax, 1, kDepthMax}.lane_bytes();
	Status status = link.lane_memory.map(handle, sizeof(LaneControl), bytes_max);
	if (status.ok() && !LaneReader::inspect(link.lane_memory.memory(), link.lane_memory.bytes(), link.geometry)) {
		status = Status::failure(Code::kCorrupt, "the header of the writer's lane does not fit its size");
	}
	return status;
}

// The lane is readable, whether its writer is there or not.
void ReaderEndpoint::complete(Link& base) {
	met_ += 1;
	opened(base);
}

bool ReaderEndpoint::hear_writers() {
	const uint64_t met = met_;
	for (size_t i = 0; i < links_.size(); ++i) { // a shutdown lets others in
		auto& link = static_cast<ReaderLink&>(*links_[i]);
		if (link.state == Link::State::kAgreed) {
			serve_link(link);
			call_back_soon(); // it may be gone, and there may be an event
		}
	}
	return met_ > met;
}

Link::State ReaderEndpoint::parted(Link& base) {
	auto& link = static_cast<ReaderLink&>(base);
	if (link.state != Link::State::kOpen) {
		return Link::State::kGone;
	}
	// The mapping outlives the writer. Where nothing is left in it, nobody has to read for the departure to be told.
	return read_to_the_end(link) ? Link::State::kGone : Link::State::kDraining;
}

bool ReaderEndpoint::read_to_the_end(ReaderLink& link) {
	const LaneReader::End end = link.lane->end();
	if (!link.lane->refresh() || link.lane->next() != link.lane->published()) {
		return false;
	}
	if ((end == LaneReader::End::kEnded || over_) && !link.ended) {
		link.ended = true;
		ended_ += 1;
	}
	return true;
}

void ReaderEndpoint::describe(WireReport& report) {
	report.unread = unread();
	report.messages = counts_.messages;
}

void ReaderEndpoint::count_link(const Link& base, LinkCounts& counts) const {
	const auto& link = static_cast<const ReaderLink&>(base);
	counts.messages = link.messages;
	counts.bytes = link.bytes;
	counts.lost = link.lost;
}

} // namespace ringwire
