// Messages that are read one by one, and without a copy where that is possible.
#include "channel/reader/reader_endpoint.h"

#include <utility>

#include "core/step.h"

namespace ringwire {

Leased ReaderEndpoint::read_lease(std::byte* slab, uint64_t offset, uint64_t size, uint32_t view_min) {
	Leased leased;
	if (left()) {
		return leased;
	}
	Single single{slab, align_payload(offset), size, view_min, leased};
	Batch batch{slab, 1, 0, &leased.slot, 1}; // not even an empty message fits
	batch.single = &single;
	read(batch);
	if (batch.count == 0) {
		leased.needed = batch.needed;
	} else if (leased.kind != Leased::Kind::kView) {
		leased.kind = Leased::Kind::kCopy;
		leased.length = leased.slot.end - leased.slot.begin;
		leased.writer = writer_of(0);
		commit_all();
	}
	return leased;
}

// A message that stays in its lane is consumed only if no event comes before it.
bool ReaderEndpoint::take_single(ReaderLink& link, Batch& batch, const Message& message) {
	if (has_events()) {
		batch.stop = true;
		return false;
	}
	Single* const single = batch.single;
	if (message.length >= single->view_min && link.leases != nullptr) {
		const bool in_pool = message.pool_offset != 0;
		const LeasedLane::Place place{in_pool, in_pool ? message.pool_offset : link.lane->offset_of(message),
		                              message.length};
		if (link.lane->holds_back() && link.leases->can_show(place)) {
			return lend(link, batch, message, place);
		}
		if (!link.lane->holds_back() && in_pool && link.leases->pool_view().open()) {
			return lend_pinned(link, batch, message, place);
		}
	}
	return take_one(link, batch, message);
}

bool ReaderEndpoint::take_one(ReaderLink& link, Batch& batch, const Message& message) {
	Single* const single = batch.single;
	batch.single = nullptr;
	batch.offset = single->offset;
	batch.size = single->size;
	const bool goes_on = take(link, batch, message);
	batch.single = single;
	batch.offset = 1;
	batch.size = 0;
	return goes_on;
}

bool ReaderEndpoint::may_lend(Batch& batch) const {
	if (*open_leases_ < kLeasesMax) {
		return true;
	}
	batch.stop = true;
	batch.single->leased.kind = Leased::Kind::kTooMany;
	return false;
}

// The position holds the message.
bool ReaderEndpoint::lend(ReaderLink& link, Batch& batch, const Message& message, const LeasedLane::Place& place) {
	if (!may_lend(batch)) {
		return false;
	}
	const uint64_t sequence = link.lane->next();
	if (link.lane->lend(message) != ReadOutcome::kMessage) {
		expel_for_overwriting(link, sequence);
		return false;
	}
	lent(link, batch, place, std::nullopt);
	return true;
}

// A pin holds the message. The writer may retire it before it sees the pin.
bool ReaderEndpoint::lend_pinned(ReaderLink& link, Batch& batch, const Message& message,
                                 const LeasedLane::Place& place) {
	if (!may_lend(batch)) {
		return false;
	}
	uint32_t slot = 0;
	switch (link.pool->pin(*link.lane, slot)) {
	case PoolReader::Pinned::kPinned:
		break;
	case PoolReader::Pinned::kLapped:
		ring_for_room(link); // the writer may have seen the pin for a moment
		return lapped(link, batch);
	case PoolReader::Pinned::kNone:
		batch.stop = true;
		batch.single->leased.kind = Leased::Kind::kTooMany;
		return false;
	}
	// Only now do the bytes stay as they are.
	if (!link.leases->can_show(place)) {
		link.unpinned(slot);
		batch.stop = !link.readable(); // a writer that cannot be rung is cut off
		return !batch.stop && take_one(link, batch, message);
	}
	link.lane->pass();
	lent(link, batch, place, slot);
	return true;
}

// The lease holds its message from here on, so it counts as consumed.
void ReaderEndpoint::lent(ReaderLink& link, Batch& batch, const LeasedLane::Place& place, std::optional<uint32_t> pin) {
	const uint64_t sequence = link.lane->next() - 1;
	Leased& leased = batch.single->leased;
	leased.kind = Leased::Kind::kView;
	leased.lane = link.leases;
	leased.sequence = sequence;
	leased.length = static_cast<uint32_t>(place.length);
	leased.writer = link.peer;
	leased.bytes = link.leases->add(sequence, place, pin);
	link.consumed_to = sequence + 1;
	RINGWIRE_STEP("lease: made");
	counts_.bytes += place.length;
	link.messages += 1;
	link.bytes += place.length;
	batch.count += 1;
	batch.stop = true;
}

Peer ReaderEndpoint::writer_of(uint32_t index) const {
	for (const Segment& segment : segments_) {
		if (index < segment.count) {
			return segment.writer;
		}
		index -= segment.count;
	}
	return {};
}

// As in commit: the cursor is stored, and after a full fence the writer's want epoch is looked at. The fence pairs with that of the writer between its
// store of that epoch and its look at the cursor, see core/wake.h: the writer sees the room, or is rung.
void ReaderLink::released() {
	if (!ReaderEndpoint::advance(*this)) {
		return;
	}
	wake_fence();
	RINGWIRE_STEP("release: fenced");
	if (is(State::kOpen)) {
		reader_.ring_for_space(*this);
	}
}

// As above, for the want epoch of the pool: the pin is cleared, and after a full fence that epoch is looked at. The fence pairs with that in
// SharedPool::arm and PoolWriter::free_unpinned.
void ReaderLink::unpinned(uint32_t slot) {
	(void)ReaderEndpoint::advance(*this); // of a reader that does not hold back, for the counts of its writer
	pool->unpin(slot);
	reader_.ring_for_room(*this);
}

void ReaderEndpoint::ring_for_room(ReaderLink& link) {
	if (link.pool->room_awaited() && link.is(Link::State::kOpen)) {
		ring(link);
	}
}

// The writer may use the memory of the lane and of the pool again as soon as the link is closed.
void ReaderLink::cutting_off() {
	if (leases != nullptr) {
		leases->separate();
	}
}

void ReaderEndpoint::keep_leases() {
	if (left()) {
		return;
	}
	for (ReaderLink& link : links_.all()) {
		if (link.leases != nullptr && link.lane) {
			// A writer that has not seen a shutdown yet goes on, and the cursor holds it back no longer. So do the others on its pool, even if it has
			// ended itself.
			const bool is_open = link.is(Link::State::kOpen);
			link.leases->stop_holding(is_open && link.lane->end() != LaneReader::End::kEnded, is_open);
			(void)advance(link);
		}
	}
}

bool ReaderLink::is_elsewhere() const {
	return reader_.left();
}

ReaderLink::~ReaderLink() {
	if (leases != nullptr) {
		leases->link_gone();
	}
}

} // namespace ringwire
