#include "channel/reader/reader_endpoint.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

ReaderEndpoint::ReaderEndpoint(const Contract& contract, const ReaderOptions& options)
	: Endpoint(contract, Role::kReader, links_), options_(options), latest_(contract.overflow == Overflow::kLatest),
	  holds_back_(has_limit(contract.overflow) && !options.lossy), spin_(options.spin_nanos) {}

uint32_t ReaderEndpoint::read_batch(std::byte* slab, uint64_t offset, uint64_t size, Slot* slots, uint32_t count_max,
                                    uint64_t& needed) {
	if (left()) {
		needed = 0;
		return 0;
	}
	Batch batch{slab, align_payload(offset), size, slots, count_max};
	read(batch);
	needed = batch.count == 0 ? batch.needed : 0;
	same_lengths_ = batch.same_lengths;
	return batch.count;
}

void ReaderEndpoint::read(Batch& batch) {
	commit_all();
	if (batch.count_max == 0) {
		return;
	}
	fill(batch);
	if (batch.count == 0 && batch.needed == 0) {
		const bool opened = complete_links();
		if (wake_lanes_with_messages() || opened) {
			fill(batch);
		}
	}
	if (batch.count == 0) {
		report_end();
	}
	had_traffic_ = had_traffic_ || batch.count > 0;
	counts_.messages += batch.count;
}

void ReaderEndpoint::fill(Batch& batch) {
	if (options_.order_by_time) {
		read_by_time(batch);
	} else {
		read_in_turn(batch);
	}
}

bool ReaderEndpoint::locate(ReaderLink& link, Batch& batch, Message& message) {
	for (;;) {
		switch (link.lane->locate(message)) {
		case ReadOutcome::kMessage:
			return !is_too_large(link, batch, message);
		case ReadOutcome::kLapped:
			if (!lapped(link, batch)) {
				return false;
			}
			break;
		case ReadOutcome::kEmpty:
			drained(link, batch);
			return false;
		case ReadOutcome::kCorrupt:
			if (batch.count > 0) {
				batch.stop = true; // earlier messages are delivered first
				return false;
			}
			if (link.lane->refresh()) {
				expel(link, Status::failure(Code::kCorrupt, "the writer's lane contradicts itself at message " +
				                                                std::to_string(link.lane->next())));
			} else {
				expel_for_count(link);
			}
			return false;
		}
	}
}

// Checked before the caller allocates room for it.
bool ReaderEndpoint::is_too_large(ReaderLink& link, Batch& batch, const Message& message) {
	if (message.length <= options_.message_max) {
		return false;
	}
	if (batch.count > 0) {
		batch.stop = true; // earlier messages are delivered first
	} else {
		expel(link, Status::failure(Code::kTooLarge, "message " + std::to_string(link.lane->next()) + " has " +
		                                                 std::to_string(message.length) +
		                                                 " bytes, more than this reader's messageMax of " +
		                                                 std::to_string(options_.message_max)));
	}
	return true;
}

bool ReaderEndpoint::take(ReaderLink& link, Batch& batch, const Message& message) {
	if (message.length > batch.size || batch.offset > batch.size - message.length) {
		if (batch.single != nullptr) {
			return take_single(link, batch, message);
		}
		batch.needed = std::max<uint64_t>(message.length, 1); // an empty one is not nothing
		batch.stop = true;
		return false;
	}
	const uint64_t sequence = link.lane->next();
	switch (link.lane->take(message, batch.slab + batch.offset)) {
	case ReadOutcome::kMessage:
		break;
	case ReadOutcome::kLapped:
		return lapped(link, batch);
	default:
		batch.stop = batch.count > 0;
		if (!batch.stop) {
			expel_for_overwriting(link, sequence);
		}
		return false;
	}
	if (segments_.empty() || segments_.back().link != &link ||
	    segments_.back().first + segments_.back().count != sequence) {
		segments_.push_back({&link, sequence, 0, link.peer});
	}
	segments_.back().count += 1;
	counts_.bytes += message.length;
	link.messages += 1;
	link.bytes += message.length;
	batch.same_lengths =
		batch.same_lengths && (batch.count == 0 || message.length == batch.slots[0].end - batch.slots[0].begin);
	batch.slots[batch.count] = {static_cast<uint32_t>(batch.offset),
	                            static_cast<uint32_t>(batch.offset + message.length)};
	batch.count += 1;
	const uint64_t end = batch.offset + message.length;
	const uint64_t offset = align_payload(end);
	if (offset > end) { // text is searched and converted with the gaps
		std::memset(batch.slab + end, 0, std::min(offset, batch.size) - end);
	}
	link.bytes_in_batch += offset - batch.offset;
	batch.offset = offset;
	return true;
}

void ReaderEndpoint::expel_for_overwriting(ReaderLink& link, uint64_t sequence) {
	expel(link, Status::failure(Code::kCorrupt, "the writer overwrote message " + std::to_string(sequence) +
	                                                ", which it had promised to keep"));
}

// The loss is reported before the messages that follow it, so a batch that has begun ends here. False: this lane's share of
// the batch is over. So it is when its reader is lapped again and again, by a writer that is too fast or lies: the other
// lanes are read all the same.
bool ReaderEndpoint::lapped(ReaderLink& link, Batch& batch) {
	if (batch.count > 0) {
		batch.stop = true;
		return false;
	}
	link.looks_in_batch += 1;
	if (link.looks_in_batch > kLooksMax) {
		return false;
	}
	report_loss(link, link.lane->skip_lapped());
	if (latest_) {
		report_loss(link, link.lane->skip_to_newest());
	}
	return true;
}

void ReaderEndpoint::report_loss(ReaderLink& link, uint64_t count) {
	if (count > 0) {
		counts_.lost += count;
		link.lost += count;
		events_.push_loss(link.peer, count);
	}
}

// Nothing more in this lane for now. For good, if it has ended or its writer is gone; that is reported after its last
// message was delivered, so not while a batch is being filled.
void ReaderEndpoint::drained(ReaderLink& link, Batch& batch) {
	if (batch.count > 0) {
		return;
	}
	const LaneReader::End end = link.lane->end();
	if (end == LaneReader::End::kCorrupt) {
		expel(link, Status::failure(Code::kCorrupt, "the writer's state is none that there is"));
		return;
	}
	if (!link.lane->refresh()) {
		expel_for_count(link);
		return;
	}
	if (!read_to_the_end(link)) {
		return; // published before the end or the departure that we have just seen
	}
	if (link.is(Link::State::kDraining)) {
		link.forget();
		events_.push(link.departure(link.reason));
		call_back_soon(); // to be forgotten
	}
}

void ReaderEndpoint::report_end() {
	if (!end_reported_ && finished()) {
		end_reported_ = true;
		events_.push({Event::Type::kEnd, {}, {}, 0, {}});
	}
}

bool ReaderEndpoint::finished() const {
	if (self_.over()) {
		return !has_more_to_read();
	}
	// A writer that was on the channel before the reader, or has sent its hello since, is one of those whose end counts, however
	// long it is silent.
	const bool handshake_under_way =
		attempts_.has_silent_peer() || (links_.in_handshake() != 0 && links_.any([](const ReaderLink& link) {
			return link.is_promised() || (link.awaited() && link.shaking_hands());
		}));
	switch (options_.until.kind) {
	case EndRule::Kind::kEnded:
		return writers_found_ > 0 && ended_ == writers_found_ && !handshake_under_way;
	case EndRule::Kind::kWriters:
		return ended_ >= options_.until.writers && !handshake_under_way && !has_more_to_read();
	case EndRule::Kind::kClosed:
		break;
	}
	return false;
}

// Whether a writer is connected that has not ended, or messages of one that is gone are still in its lane.
bool ReaderEndpoint::has_more_to_read() const {
	return links_.any(
		[](const ReaderLink& link) { return link.readable() && (!link.ended || link.is(Link::State::kDraining)); });
}

void ReaderEndpoint::commit(uint32_t delivered) {
	if (left()) {
		segments_.clear(); // their links are gone
		return;
	}
	RINGWIRE_STEP("advance: begun");
	// A full fence a call and one look at each lane that moved: a writer that sleeps until there is room is rung, see core/wake.h.
	uint32_t left = delivered;
	for (const Segment& segment : segments_) {
		const uint32_t count = std::min(segment.count, left);
		left -= count;
		if (count > 0 && segment.link != nullptr && segment.first + count > segment.link->consumed_to) {
			segment.link->consumed_to = segment.first + count;
			(void)advance(*segment.link);
		}
	}
	wake_fence();
	RINGWIRE_STEP("advance: fenced");
	for (const Segment& segment : segments_) {
		if (segment.link != nullptr && segment.link->is(Link::State::kOpen)) {
			ring_for_space(*segment.link);
		}
	}
}

bool ReaderEndpoint::advance(ReaderLink& link) {
	const uint64_t oldest_lease = link.leases != nullptr ? link.leases->oldest() : LeasedLane::kNone;
	const uint64_t sequence = std::min(link.consumed_to, oldest_lease);
	if (sequence <= link.delivered_to) {
		return false;
	}
	link.delivered_to = sequence;
	link.cursor->advance(sequence);
	return true;
}

void ReaderEndpoint::ring_for_space(ReaderLink& link) {
	uint64_t sequence = 0;
	const uint64_t epoch = link.lane->wanted(sequence);
	if (link.delivered_to >= sequence && link.bell.due(epoch)) {
		ring(link);
	}
}

uint64_t ReaderEndpoint::mapped_bytes() const {
	uint64_t sum = 0;
	for (const ReaderLink& link : links_.all()) {
		sum += link.lane_memory.bytes() + link.pool_memory.bytes() + link.cursor_memory.bytes();
	}
	return sum;
}

void ReaderEndpoint::commit_all() {
	if (!segments_.empty()) {
		commit(UINT32_MAX);
		segments_.clear();
	}
}

uint64_t ReaderEndpoint::available() {
	if (left()) {
		return 0;
	}
	const uint64_t sum = unread();
	return sum == 0 && complete_links() ? unread() : sum;
}

uint64_t ReaderEndpoint::unread() {
	uint64_t sum = 0;
	for (ReaderLink& link : links_.all()) {
		if (link.readable() && link.lane->refresh()) {
			const uint64_t unread = link.lane->unread();
			sum += latest_ ? std::min<uint64_t>(unread, 1) : unread;
		}
	}
	return sum;
}

} // namespace ringwire
