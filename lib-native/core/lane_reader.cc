// lib-native/model tries every fence and order of this file, and its absence (npm run verify).
#include "core/lane_reader.h"

#include <algorithm>
#include <cassert>

#include "core/step.h"

namespace ringwire {

LaneReader::LaneReader(const std::byte* memory, const LaneGeometry& geometry, uint64_t start, bool holds_back)
	: control_(reinterpret_cast<const LaneControl*>(memory)),
	  descriptors_(reinterpret_cast<const Descriptor*>(memory + sizeof(LaneControl))),
	  payload_(memory + geometry.payload_offset()), geometry_(geometry), next_(start), published_(start),
	  holds_back_(holds_back) {
	assert(geometry.valid());
}

bool LaneReader::inspect(const std::byte* memory, uint64_t bytes, LaneGeometry& geometry) {
	if (bytes < sizeof(LaneControl)) {
		return false;
	}
	LaneHeader header; // one copy, which is checked and then used
	std::memcpy(&header, memory, sizeof header);
	geometry = LaneGeometry{header.capacity, header.message_max, header.depth};
	return header.magic == kLaneMagic && header.version == kLayoutVersion && geometry.valid() &&
	       geometry.lane_bytes() == bytes;
}

bool LaneReader::refresh() {
	// Acquire: pairs with the release in LaneWriter::publish.
	const uint64_t published = control_->published.load(std::memory_order_acquire);
	RINGWIRE_STEP("refresh: published loaded");
	if (published < published_ || published > kSequenceMax) {
		return false;
	}
	published_ = published;
	return true;
}

ReadOutcome LaneReader::locate(Message& message) {
	if (next_ == published_) {
		if (!refresh()) {
			return ReadOutcome::kCorrupt;
		}
		if (next_ == published_) {
			return ReadOutcome::kEmpty;
		}
	}
	const Descriptor& shared = descriptor(next_);
	// Acquire: pairs with the release store of the stamp in LaneWriter::put.
	const uint64_t stamp = shared.stamp.load(std::memory_order_acquire);
	RINGWIRE_STEP("locate: stamp loaded");
	if (stamp != next_ + 1) {
		// A published message has its stamp, or a later one has taken the descriptor. A reader that holds back is never lapped.
		return stamp > next_ + 1 && !holds_back_ ? ReadOutcome::kLapped : ReadOutcome::kCorrupt;
	}
	message.position = shared.position.load(std::memory_order_relaxed);
	message.length = shared.length.load(std::memory_order_relaxed);
	const uint32_t flags = shared.flags.load(std::memory_order_relaxed);
	message.send_time = shared.send_time.load(std::memory_order_relaxed);
	RINGWIRE_STEP("locate: descriptor copied");
	// Pairs with the release fence in LaneWriter::put: if any load above saw a later message, the stamp is that of a later one.
	shared_fence(std::memory_order_acquire);
	if (shared.stamp.load(std::memory_order_relaxed) != stamp) {
		return holds_back_ ? ReadOutcome::kCorrupt : ReadOutcome::kLapped;
	}
	RINGWIRE_STEP("locate: descriptor intact");
	message.pool_offset = flags == kFlagsInline ? 0 : pool_offset(flags);
	return plausible(message, flags) ? ReadOutcome::kMessage : ReadOutcome::kCorrupt;
}

inline bool LaneReader::plausible(const Message& message, uint32_t flags) const {
	const uint64_t intent = control_->intent.load(std::memory_order_relaxed);
	if (message.position % kPayloadAlignment != 0 || message.position > intent) {
		return false;
	}
	if (flags == kFlagsInline) {
		const uint64_t offset = message.position & (geometry_.capacity - 1);
		return message.length <= geometry_.message_max && offset + message.length <= geometry_.capacity &&
		       message.length <= intent - message.position;
	}
	return pool_ != nullptr && (flags & kKindMask) == kFlagsPool && message.pool_offset >= kChunksOffset &&
	       message.length <= pool_geometry_.message_max && message.pool_offset + message.length <= pool_geometry_.bytes;
}

ReadOutcome LaneReader::take(const Message& message, std::byte* target) {
	copy_shared(target, bytes_of(message), message.length, holds_back_ ? CopyKind::kOrdered : CopyKind::kRacing);
	RINGWIRE_STEP("take: payload copied");
	// Pairs with the release fence in LaneWriter::put: if the copy has a byte of a later message, `intent` is past it. In the pool it pairs
	// with the fence in PoolWriter::free_unpinned: if the copy has a byte of a later use of the chunk, the stamp is not that of the message.
	shared_fence(std::memory_order_acquire);
	const bool intact = message.pool_offset != 0
	                        ? has_descriptor()
	                        : control_->intent.load(std::memory_order_relaxed) - message.position <= geometry_.capacity;
	if (!intact) {
		return holds_back_ ? ReadOutcome::kCorrupt : ReadOutcome::kLapped;
	}
	RINGWIRE_STEP("take: message intact");
	next_ += 1;
	return ReadOutcome::kMessage;
}

ReadOutcome LaneReader::lend(const Message& message) {
	assert(holds_back_);
	// As in take, but without the fence: no byte was copied. A writer that stores into the message later breaks its promise, and no look prevents that.
	if (control_->intent.load(std::memory_order_relaxed) - message.position > geometry_.capacity) {
		return ReadOutcome::kCorrupt;
	}
	next_ += 1;
	RINGWIRE_STEP("lend: advanced");
	return ReadOutcome::kMessage;
}

bool LaneReader::intact(uint64_t sequence) const {
	const Descriptor& shared = descriptor(sequence);
	// Acquire and fence: as in locate.
	if (shared.stamp.load(std::memory_order_acquire) != sequence + 1) {
		return false;
	}
	const uint64_t position = shared.position.load(std::memory_order_relaxed);
	shared_fence(std::memory_order_acquire);
	return shared.stamp.load(std::memory_order_relaxed) == sequence + 1 &&
	       control_->intent.load(std::memory_order_relaxed) - position <= geometry_.capacity;
}

uint64_t LaneReader::first_intact(uint64_t from) const {
	// The intact messages are a suffix of the published ones. Finds its beginning.
	uint64_t low = std::max(from, published_ > geometry_.depth ? published_ - geometry_.depth : 0);
	uint64_t high = std::max(published_, low);
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (intact(middle)) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

uint64_t LaneReader::unread() const {
	if (next_ == published_ || holds_back_ || intact(next_)) {
		return published_ - next_;
	}
	return published_ - std::min(first_intact(next_ + 1), published_);
}

uint64_t LaneReader::skip_lapped() {
	(void)refresh(); // the next locate reports a wrong value; until then the old one is used
	const uint64_t skipped_from = next_;
	RINGWIRE_STEP("skip: lapped");
	const uint64_t low = first_intact(next_ + 1); // progress is certain, because `next` was lapped
	next_ = low + (published_ - low) / 2;
	RINGWIRE_STEP("skip: continues in the middle");
	return next_ - skipped_from;
}

uint64_t LaneReader::skip_to_newest() {
	(void)refresh();
	if (published_ == next_) {
		return 0;
	}
	const uint64_t skipped = published_ - 1 - next_;
	next_ = published_ - 1;
	RINGWIRE_STEP("skip: continues at the newest");
	return skipped;
}

LaneReader::End LaneReader::end() const {
	// Acquire: pairs with the release in LaneWriter::end.
	const uint32_t state = control_->state.load(std::memory_order_acquire);
	if (state == static_cast<uint32_t>(LaneState::kOpen)) {
		return End::kOpen;
	}
	return state == static_cast<uint32_t>(LaneState::kEnded) ? End::kEnded : End::kCorrupt;
}

uint64_t LaneReader::wanted(uint64_t& sequence) const {
	// Acquire: pairs with the release in LaneWriter::want.
	const uint64_t epoch = control_->want_epoch.load(std::memory_order_acquire);
	sequence = control_->want_sequence.load(std::memory_order_relaxed);
	return epoch;
}

} // namespace ringwire
