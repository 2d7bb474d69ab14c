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
	if (message.length >= single->view_min && message.pool_offset == 0 && link.leases != nullptr &&
	    link.leases->can_show(link.lane->offset_of(message), message.length)) {
		return lend(link, batch, message);
	}
	batch.single = nullptr;
	batch.offset = single->offset;
	batch.size = single->size;
	const bool goes_on = take(link, batch, message);
	batch.single = single;
	batch.offset = 1;
	batch.size = 0;
	return goes_on;
}

bool ReaderEndpoint::lend(ReaderLink& link, Batch& batch, const Message& message) {
	batch.stop = true;
	Leased& leased = batch.single->leased;
	if (*open_leases_ >= kLeasesMax) {
		leased.kind = Leased::Kind::kTooMany;
		return false;
	}
	const uint64_t sequence = link.lane->next();
	if (link.lane->lend(message) != ReadOutcome::kMessage) {
		batch.stop = false;
		expel_for_overwriting(link, sequence);
		return false;
	}
	leased.kind = Leased::Kind::kView;
	leased.lane = link.leases;
	leased.sequence = sequence;
	leased.length = message.length;
	leased.writer = link.peer;
	// The lease holds the cursor from here on, so the message counts as consumed.
	leased.bytes = link.leases->add(sequence, link.lane->offset_of(message), message.length);
	link.consumed_to = sequence + 1;
	RINGWIRE_STEP("lease: made");
	counts_.bytes += message.length;
	link.messages += 1;
	link.bytes += message.length;
	batch.count += 1;
	return true;
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

// The writer may use the memory of the lane again as soon as the link is closed.
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
			// A writer that has not seen a shutdown yet goes on, and the cursor holds it back no longer.
			link.leases->stop_holding(link.is(Link::State::kOpen) && link.lane->end() != LaneReader::End::kEnded);
			(void)advance(link);
		}
	}
}

ReaderLink::~ReaderLink() {
	if (leases != nullptr) {
		leases->link_gone();
	}
}

} // namespace ringwire
