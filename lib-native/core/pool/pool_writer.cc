// lib-native/model tries every fence and order of this file, and its absence (npm run verify).
#include "core/pool/pool_writer.h"

#include <algorithm>
#include <cassert>
#include <new>

#include "core/step.h"

namespace ringwire {

PoolWriter::PoolWriter(std::byte* memory, const PoolGeometry& geometry, uint64_t pool_id)
	: memory_(memory), control_(new (memory) PoolControl{}), geometry_(geometry),
	  allocator_(geometry.bytes - kChunksOffset), sleeper_(control_->want_epoch) {
	assert(geometry.valid());
	control_->header.magic = kPoolMagic;
	control_->header.version = kLayoutVersion;
	control_->header.bytes = geometry.bytes;
	control_->header.message_max = geometry.message_max;
	control_->header.pool_id = pool_id;
}

std::optional<uint32_t> PoolWriter::allocate(uint64_t length) {
	assert(length <= geometry_.message_max);
	std::optional<uint32_t> chunk = take(length);
	if (chunk) {
		return chunk;
	}
	for (PoolLane* lane : lanes_) {
		lane->look();
	}
	free_unpinned();
	chunk = take(length);
	if (!chunk && (length >= hopeless_bytes_ || !may_make_room(length))) {
		return std::nullopt;
	}
	while (!chunk && retire(length)) {
		free_unpinned();
		chunk = take(length);
	}
	if (!chunk) {
		hopeless_bytes_ = std::min(hopeless_bytes_, length);
		hopeless_since_ = taken_;
	}
	return chunk;
}

std::optional<uint32_t> PoolWriter::take(uint64_t length) {
	const std::optional<Chunk> chunk = allocator_.allocate(length);
	if (!chunk) {
		return std::nullopt;
	}
	if (unused_.empty()) {
		unused_.push_back(static_cast<uint32_t>(uses_.size()));
		uses_.emplace_back();
	}
	const uint32_t index = unused_.back();
	unused_.pop_back();
	uses_[index] = {*chunk, 1, taken_++};
	return index;
}

void PoolWriter::shrink(uint32_t chunk, uint64_t length) {
	assert(uses_[chunk].holders == 1);
	const uint64_t before = free_bytes();
	allocator_.shrink(uses_[chunk].chunk, length);
	if (free_bytes() != before) {
		has_changed();
	}
}

void PoolWriter::release(uint32_t chunk) {
	// A loan that was open when there was no room: its message can be retired, as it could not then.
	if (uses_[chunk].holders == 1 || uses_[chunk].taken < hopeless_since_) {
		has_changed();
	}
	give_back(chunk);
}

void PoolWriter::give_back(uint32_t chunk) {
	assert(uses_[chunk].holders > 0);
	uses_[chunk].holders -= 1;
	if (uses_[chunk].holders == 0) {
		allocator_.free(uses_[chunk].chunk);
		unused_.push_back(chunk);
	}
}

bool PoolWriter::may_make_room(uint64_t bytes) {
	uint64_t sum = free_bytes();
	for (PoolLane* lane : lanes_) {
		lane->add_retirable(bytes, sum);
	}
	return sum >= bytes;
}

bool PoolWriter::retire(uint64_t bytes) {
	uint64_t hoped_for = 0;
	bool any = false;
	for (;;) {
		PoolLane* first = nullptr;
		for (PoolLane* lane : lanes_) {
			if (lane->oldest() != nullptr && (first == nullptr || lane->oldest()->put < first->oldest()->put)) {
				first = lane;
			}
		}
		if (first == nullptr) {
			return any;
		}
		hoped_for += share_of(first->oldest()->chunk);
		first->retire_oldest();
		any = true;
		if (hoped_for >= bytes) {
			return true;
		}
	}
}

void PoolWriter::free_unpinned() {
	// Pairs with the same fence in PoolReader::pin: a reader whose pin is not seen below sees that the stamp has changed. It also pairs with the
	// acquire fence in LaneReader::take: a copy that has a byte of a later use of a chunk is followed by a look at a changed stamp. After `want`
	// it pairs with the fence in PoolReader::room_awaited: a reader whose pin is seen below sees the odd epoch after it has cleared the pin.
	shared_fence(std::memory_order_seq_cst);
	RINGWIRE_STEP("pool: fenced");
	for (PoolLane* lane : lanes_) {
		lane->free_unpinned();
	}
}

PoolLane::PoolLane(PoolWriter& pool, LaneWriter& lane, PoolReaders& readers)
	: pool_(pool), lane_(lane), readers_(readers) {
	pool_.lanes_.push_back(this);
}

PoolLane::~PoolLane() {
	std::erase(pool_.lanes_, this);
}

void PoolLane::put(uint32_t chunk, uint32_t length, uint64_t send_time) {
	assert(length <= pool_.uses_[chunk].chunk.bytes);
	pool_.uses_[chunk].holders += 1;
	entries_.push_back({lane_.next(), pool_.puts_++, chunk});
	lane_.put_in_pool(pool_.offset(chunk), length, send_time);
}

void PoolLane::look() {
	const uint64_t limit = std::min(readers_.retirable_below(), lane_.published());
	if (limit > limit_ && readers_.keeps_messages()) {
		pool_.has_changed();
	}
	limit_ = limit;
	while (!entries_.empty() && lane_.has_lost_descriptor(entries_.front().sequence)) {
		retired_.push_back(entries_.front());
		entries_.pop_front();
	}
}

void PoolLane::retire_oldest() {
	const Entry oldest = entries_.front();
	entries_.pop_front();
	retired_.push_back(oldest);
	lane_.retire_below(oldest.sequence + 1);
	RINGWIRE_STEP("pool: retired");
}

void PoolLane::retire_below(uint64_t sequence) {
	pool_.has_changed();
	while (!entries_.empty() && entries_.front().sequence < sequence) {
		retire_oldest();
	}
	pool_.free_unpinned();
}

void PoolLane::free_unpinned() {
	if (retired_.empty()) {
		return;
	}
	if (!look_at_pins()) {
		return;
	}
	std::erase_if(retired_, [this](Entry& entry) {
		if (is_pinned(entry)) {
			entry.was_pinned = true;
			return false;
		}
		if (entry.was_pinned) {
			pool_.has_changed();
		}
		pool_.give_back(entry.chunk);
		return true;
	});
}

void PoolLane::add_retirable(uint64_t bytes, uint64_t& sum) {
	if (oldest() == nullptr || !look_at_pins()) {
		return;
	}
	for (const Entry& entry : entries_) {
		if (sum >= bytes || entry.sequence >= limit_) {
			return;
		}
		sum += is_pinned(entry) ? 0 : pool_.share_of(entry.chunk);
	}
}

bool PoolLane::look_at_pins() {
	pinned_.clear();
	if (!readers_.collect_pins(pinned_)) {
		return false;
	}
	std::sort(pinned_.begin(), pinned_.end());
	return true;
}

bool PoolLane::is_pinned(const Entry& entry) const {
	return std::binary_search(pinned_.begin(), pinned_.end(), entry.sequence);
}

} // namespace ringwire
