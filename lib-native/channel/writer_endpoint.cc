#include "channel/writer_endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

WriterEndpoint::WriterEndpoint(const Contract& contract, const LaneGeometry& geometry)
	: Endpoint(contract, Role::kWriter), geometry_(geometry), limited_(has_limit(contract.overflow)) {}

Status WriterEndpoint::open() {
	Status status = make_lane();
	return status.ok() ? join() : status;
}

Status WriterEndpoint::open_on(OsHandle socket, const Peer& reader) {
	Status status = make_lane();
	if (!status.ok()) {
		close_handle(socket);
		return status;
	}
	return adopt(socket, reader, true);
}

Status WriterEndpoint::make_lane() {
	Status status = geometry_.valid()
	                    ? region_.create(geometry_.lane_bytes())
	                    : Status::failure(Code::kUnsupported, "capacity, depth or messageMax is out of range");
	if (status.ok()) {
		lane_.emplace(region_.memory(), geometry_, id_, limited_ ? CopyKind::kOrdered : CopyKind::kRacing);
	} else {
		leave();
	}
	return status;
}

// --- Writing

WriterEndpoint::Written WriterEndpoint::try_write(const std::byte* message, uint64_t length) {
	if (closed()) {
		return Written::kClosed;
	}
	if (length > geometry_.message_max) {
		return Written::kTooLarge;
	}
	if (!fits(length)) {
		if (contract_.overflow == Overflow::kBlock) {
			return Written::kFull;
		}
		counts_.dropped += 1;
		return Written::kDropped;
	}
	lane_->put(message, static_cast<uint32_t>(length), monotonic_nanos());
	lane_->publish();
	counts_.messages += 1;
	counts_.bytes += length;
	ring_sleepers();
	return Written::kAccepted;
}

uint32_t WriterEndpoint::try_write_batch(const std::byte* slab, const uint32_t* ends, uint32_t count) {
	if (closed()) {
		return 0;
	}
	const uint64_t now = monotonic_nanos();
	uint32_t accepted = 0;
	uint32_t begin = 0;
	for (uint32_t i = 0; i < count; ++i) {
		const uint32_t length = ends[i] - begin;
		if (length > geometry_.message_max || !fits(length)) {
			if (contract_.overflow == Overflow::kBlock || length > geometry_.message_max) {
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
	}
	return accepted;
}

void WriterEndpoint::ring_sleepers() {
	wake_fence();
	RINGWIRE_STEP("ring: fenced");
	for (const auto& base : links_) {
		auto& link = static_cast<WriterLink&>(*base);
		// Relaxed: wake_fence orders it after our publishing.
		if (link.state == Link::State::kOpen &&
		    link.bell.due(link.cursor->asleep_epoch().load(std::memory_order_relaxed))) {
			ring(link);
		}
	}
}

void WriterEndpoint::end() {
	if (closed()) {
		return;
	}
	ended_ = true;
	lane_->end();
	ring_sleepers();
}

// --- Who holds the lane back

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
	for (const auto& base : links_) {
		auto& link = static_cast<WriterLink&>(*base);
		if (!holds(link)) {
			continue;
		}
		// Before it is ready the reader's position is where we told it to start: it keeps what is there, but has read nothing.
		if (link.state == Link::State::kOpen && !link.cursor->refresh(lane_->published())) {
			expel(link,
			      Status::failure(Code::kCorrupt, "the reader's position went backwards or past what was published"));
			continue;
		}
		lowest = std::min(lowest, link.cursor->position());
		has_reader = has_reader || link.state == Link::State::kOpen;
	}
	// Without a reader that holds back everything from the tail on is kept for the first one to come.
	if (has_reader) {
		tail_ = std::max(tail_, lowest);
	}
}

uint64_t WriterEndpoint::room() {
	if (closed()) {
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
	if (!left_) {
		refresh_tail();
	}
	return lane_->published() - tail_;
}

uint64_t WriterEndpoint::unread_bytes() {
	return limited_ && lane_ ? lane_->bytes_since(tail_) : 0;
}

bool WriterEndpoint::drained() {
	if (!limited_) {
		return true;
	}
	refresh_tail();
	return tail_ >= wanted_drained_.value_or(lane_->published());
}

// --- What the writer waits for

bool WriterEndpoint::want_space(uint64_t length) {
	if (closed() || fits(length)) {
		return true;
	}
	wanted_space_ = length;
	if (!arm()) {
		return false;
	}
	return settle(wanted_space_, fits(length));
}

bool WriterEndpoint::want_drained() {
	if (left_ || over_) {
		return true;
	}
	wanted_drained_ = lane_->published();
	if (drained()) {
		wanted_drained_.reset();
		return true;
	}
	return arm() ? settle(wanted_drained_, drained()) : false;
}

// After `arm` saw that something has come true: our own wish is answered at once, the other one by the next service.
bool WriterEndpoint::settle(std::optional<uint64_t>& wish, bool come_true) {
	if (come_true) {
		wish.reset();
	}
	if (!come_true || arm()) {
		call_back_soon();
	}
	return come_true;
}

void WriterEndpoint::cancel_space() {
	cancel(wanted_space_);
}

void WriterEndpoint::cancel_drained() {
	cancel(wanted_drained_);
}

void WriterEndpoint::cancel(std::optional<uint64_t>& wish) {
	if (wish && !left_) {
		wish.reset();
		if (arm()) {
			call_back_soon();
		}
	}
}

bool WriterEndpoint::arm() {
	if (!wanted_space_ && !wanted_drained_) {
		lane_->unwant();
		return false;
	}
	uint64_t helpful = UINT64_MAX;
	if (wanted_space_) {
		helpful = lane_->tail_worth_waking_for(tail_, *wanted_space_);
	}
	if (wanted_drained_) {
		helpful = std::min(helpful, *wanted_drained_);
	}
	lane_->want(helpful);
	wake_fence();
	RINGWIRE_STEP("want: fenced");
	if (!(wanted_space_ && fits(*wanted_space_)) && !(wanted_drained_ && drained())) {
		RINGWIRE_STEP("want: looked in vain");
		return false;
	}
	lane_->unwant();
	return true;
}

uint32_t WriterEndpoint::take_fulfilled() {
	uint32_t wake = kWakeNone;
	if (wanted_space_ && (closed() || fits(*wanted_space_))) {
		wanted_space_.reset();
		wake |= kWakeSpace;
	}
	if (wanted_drained_ && (left_ || over_ || drained())) {
		wanted_drained_.reset();
		wake |= kWakeDrained;
	}
	return wake;
}

uint32_t WriterEndpoint::progress() {
	if (!wanted_space_ && !wanted_drained_) {
		return kWakeNone;
	}
	// The doorbells have been drained; now the epoch, now the look.
	lane_->unwant();
	uint32_t wake = take_fulfilled();
	while (arm()) { // ends: each round fulfils at least one of two wishes
		wake |= take_fulfilled();
	}
	return wake;
}

bool WriterEndpoint::wait_space(uint64_t length, uint64_t deadline) {
	const bool others_wait = wanted_space_.has_value();
	bool there = want_space(length);
	while (!there) {
		const uint32_t wake = service_until(deadline);
		there = (wake & kWakeSpace) != 0;
		owed_ |= wake & kWakeDrained;
		if (!there && (has_events() || (deadline != UINT64_MAX && monotonic_nanos() >= deadline))) {
			cancel_space();
			there = closed() || fits(length);
			break;
		}
	}
	if (others_wait && !wanted_space_) {
		owed_ |= kWakeSpace; // who waited before us looks again and waits on
	}
	end_blocking();
	return there;
}

// --- Links

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
	(void)link.socket.send(&welcome, sizeof welcome); // if it is gone, end-of-file follows
	RINGWIRE_STEP("welcome: sent");
	return {};
}

bool WriterEndpoint::received(Link& base, WireType type, const void*, size_t length) {
	auto& link = static_cast<WriterLink&>(base);
	if (type != WireType::kReady || length != 1 || link.state != Link::State::kAgreed) {
		return false;
	}
	RINGWIRE_STEP("ready: received");
	opened(link);
	// It may sleep already; what was published since its welcome did not ring.
	ring_sleepers();
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
}

void WriterEndpoint::count_link(const Link& base, LinkCounts& counts) const {
	const auto& link = static_cast<const WriterLink&>(base);
	CursorView now = *link.cursor;
	(void)now.refresh(lane_->published()); // a lie is found out when it matters
	counts.messages = now.position() - link.start;
}

} // namespace ringwire
