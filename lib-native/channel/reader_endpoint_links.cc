// The links of a reader: the cursor that it shares, the lane that it is shown, and what stays when the writer goes.
#include "channel/reader_endpoint.h"

#include <cstring>

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Link> ReaderEndpoint::make_link(Status& status) {
	auto link = std::make_unique<ReaderLink>();
	status = link->cursor_memory.create(kCursorBytes);
	if (!status.ok()) {
		return nullptr;
	}
	link->cursor.emplace(link->cursor_memory.memory(), 0);
	link->sleeper.emplace(link->cursor->asleep_epoch());
	RINGWIRE_STEP("link: cursor made");
	return link;
}

void ReaderEndpoint::prepare_hello(Link& base, WireHello& hello, OsHandle& share) {
	auto& link = static_cast<ReaderLink&>(base);
	hello.holds_back = holds_back_ ? 1 : 0;
	hello.from_newest = options_.from_newest ? 1 : 0;
	share = link.cursor_memory.share();
}

Status ReaderEndpoint::agreed(Link& base, const WireHello&, OsHandle region) {
	auto& link = static_cast<ReaderLink&>(base);
	const uint64_t bytes_max = LaneGeometry{kCapacityMax, 1, kDepthMax}.lane_bytes();
	Status status = link.lane_memory.map(region, sizeof(LaneControl), bytes_max);
	RINGWIRE_STEP("hello: lane mapped");
	if (status.ok() && !LaneReader::inspect(link.lane_memory.memory(), link.lane_memory.bytes(), link.geometry)) {
		status =
			Status::failure(Code::kCorrupt, "the writer's lane is none: its header and its size do not fit together");
	}
	return status;
}

bool ReaderEndpoint::received(Link& base, WireType type, const void* message, size_t length) {
	auto& link = static_cast<ReaderLink&>(base);
	if (type != WireType::kWelcome || length != sizeof(WireWelcome) || link.state != Link::State::kAgreed) {
		return false;
	}
	WireWelcome welcome;
	std::memcpy(&welcome, message, sizeof welcome);
	RINGWIRE_STEP("welcome: received");
	if (welcome.start > kSequenceMax) {
		return false;
	}
	link.lane.emplace(link.lane_memory.memory(), link.geometry, welcome.start, holds_back_);
	link.delivered_to = welcome.start;
	link.cursor->advance(welcome.start);
	link.cursor_memory.stop_sharing();
	const auto ready = static_cast<uint8_t>(WireType::kReady);
	Status status;
	const LinkSocket::Sent sent = link.socket.send(&ready, sizeof ready, status);
	RINGWIRE_STEP("ready: sent");
	if (sent == LinkSocket::Sent::kYes) {
		link.deadline = 0; // from here on the writer decides, alone, whether this came in time
	} else if (sent == LinkSocket::Sent::kFailed) {
		refuse(link, std::move(status), true);
	} else if (sent != LinkSocket::Sent::kGone) {
		refuse(link, Status::failure(Code::kLimit, "the kernel has no room for what is to be said to the peer"), true);
	} // else it has died or left, and `complete` comes, or it was tired of waiting and has refused us, so that we come again
	return true;
}

// Whether it is there or not, we have its lane to read.
void ReaderEndpoint::complete(Link& base) {
	auto& link = static_cast<ReaderLink&>(base);
	if (link.lane) {
		met_ += 1;
		opened(link);
	}
}

bool ReaderEndpoint::hear_writers() {
	const uint64_t met = met_;
	for (size_t i = 0; i < links_.size(); ++i) { // a shutdown lets others in
		auto& link = static_cast<ReaderLink&>(*links_[i]);
		if (link.state == Link::State::kAgreed && link.lane) {
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
