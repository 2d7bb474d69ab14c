// lib-native/model tries every fence and order of this file, and its absence (npm run verify).
#include "core/lane_writer.h"

#include <algorithm>
#include <cassert>
#include <new>

#include "core/step.h"

namespace ringwire {

LaneWriter::LaneWriter(std::byte* memory, const LaneGeometry& geometry, uint64_t writer_id, CopyKind copy_kind)
	: control_(new (memory) LaneControl{}), descriptors_(reinterpret_cast<Descriptor*>(memory + sizeof(LaneControl))),
	  payload_(memory + geometry.payload_offset()), geometry_(geometry), copy_kind_(copy_kind),
	  publish_every_(std::clamp<uint32_t>(geometry.depth / 4, 1, kPublishEvery)) {
	assert(geometry.valid());
	control_->header.magic = kLaneMagic;
	control_->header.version = kLayoutVersion;
	control_->header.depth = geometry.depth;
	control_->header.capacity = geometry.capacity;
	control_->header.message_max = geometry.message_max;
	control_->header.writer_id = writer_id;
}

uint64_t LaneWriter::position_of(uint64_t sequence) const {
	// Relaxed: only this thread stores it.
	return descriptors_[sequence & (geometry_.depth - 1)].position.load(std::memory_order_relaxed);
}

uint64_t LaneWriter::place(uint64_t length) const {
	const uint64_t offset = position_ & (geometry_.capacity - 1);
	return offset + length <= geometry_.capacity ? position_ : position_ + (geometry_.capacity - offset);
}

bool LaneWriter::fits(uint64_t tail, uint64_t length) const {
	if (next_ - tail + kept_ >= geometry_.depth) {
		return false;
	}
	// An empty lane takes any message: gap and message together are at most the capacity, because message_max is half of it.
	return tail == next_ || align_payload(place(length) + length) - position_of(tail) <= geometry_.capacity;
}

uint64_t LaneWriter::room(uint64_t tail) const {
	if (next_ - tail + kept_ >= geometry_.depth) {
		return 0;
	}
	const uint64_t free = geometry_.capacity - bytes_since(tail);
	const uint64_t before_end = geometry_.capacity - (position_ & (geometry_.capacity - 1));
	const uint64_t after_gap = tail == next_ ? geometry_.capacity : free - std::min(free, before_end);
	return std::min(geometry_.message_max, std::max(std::min(free, before_end), after_gap));
}

uint64_t LaneWriter::bytes_since(uint64_t tail) const {
	return tail == next_ ? 0 : position_ - position_of(tail);
}

uint64_t LaneWriter::extent_with(uint64_t length) const {
	const uint64_t offset = position_ & (geometry_.capacity - 1);
	return offset + length <= geometry_.capacity ? geometry_.payload_offset() + offset + length
	                                             : geometry_.lane_bytes();
}

uint64_t LaneWriter::tail_worth_waking_for(uint64_t tail, uint64_t length) const {
	// With kept descriptors fewer can be free.
	const uint64_t messages_max = std::min<uint64_t>(geometry_.depth - geometry_.depth / 2,
	                                                 kept_ < geometry_.depth ? geometry_.depth - 1 - kept_ : 0);
	const uint64_t end = align_payload(place(length) + length);
	const uint64_t bytes_max = geometry_.capacity - std::min(geometry_.capacity / 4, geometry_.capacity - length);
	uint64_t low = tail;
	uint64_t high = next_; // an empty lane has room for any message
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (next_ - middle <= messages_max && end - position_of(middle) <= bytes_max) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

uint64_t LaneWriter::oldest_intact() const {
	const uint64_t end = next_ + (busy_ ? 1 : 0); // the next message has taken its descriptor from an older one
	uint64_t low = end > geometry_.depth ? end - geometry_.depth : 0;
	uint64_t high = next_;
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (intent_ - position_of(middle) <= geometry_.capacity) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return std::max(low, retired_);
}

inline std::byte* LaneWriter::take_over(uint64_t position, uint32_t length) {
	intent_ = std::max(intent_, align_payload(position + length));
	control_->intent.store(intent_, std::memory_order_relaxed);
	RINGWIRE_STEP("put: intent stored");
	descriptors_[next_ & (geometry_.depth - 1)].stamp.store(kStampBusy, std::memory_order_relaxed);
	RINGWIRE_STEP("put: busy stamp stored");
	// Pairs with the acquire fences in LaneReader: a reader that saw a byte written from here on also sees `intent` and the stamp.
	shared_fence(std::memory_order_release);
	return payload_ + (position & (geometry_.capacity - 1));
}

inline void LaneWriter::complete(uint64_t position, uint64_t end, uint32_t length, uint32_t flags, uint64_t send_time) {
	Descriptor& descriptor = descriptors_[next_ & (geometry_.depth - 1)];
	descriptor.position.store(position, std::memory_order_relaxed);
	descriptor.length.store(length, std::memory_order_relaxed);
	descriptor.flags.store(flags, std::memory_order_relaxed);
	descriptor.send_time.store(send_time, std::memory_order_relaxed);
	RINGWIRE_STEP("put: descriptor filled");
	// Release: pairs with the acquire load of the stamp in LaneReader::locate.
	descriptor.stamp.store(next_ + 1, std::memory_order_release);
	RINGWIRE_STEP("put: stamp stored");

	position_ = align_payload(end);
	next_ += 1;
	busy_ = false;
	if (next_ - published_ >= publish_every_) {
		publish();
	}
}

std::byte* LaneWriter::reserve(uint32_t length) {
	assert(length <= geometry_.message_max && !reserved_);
	reserved_ = busy_ = true;
	reserved_position_ = place(length);
	return take_over(reserved_position_, length);
}

void LaneWriter::commit(uint32_t length, uint64_t send_time) {
	assert(reserved_ && align_payload(reserved_position_ + length) <= intent_);
	reserved_ = false;
	complete(reserved_position_, reserved_position_ + length, length, kFlagsInline, send_time);
}

void LaneWriter::abort() {
	reserved_ = false;
}

void LaneWriter::put(const std::byte* message, uint32_t length, uint64_t send_time) {
	assert(length <= geometry_.message_max && !reserved_);
	const uint64_t position = place(length);
	copy_shared(take_over(position, length), message, length, copy_kind_);
	RINGWIRE_STEP("put: payload copied");
	complete(position, position + length, length, kFlagsInline, send_time);
}

void LaneWriter::put(const MessageParts& message, uint64_t send_time) {
	assert(message.length() <= geometry_.message_max && !reserved_);
	const auto length = static_cast<uint32_t>(message.length());
	const uint64_t position = place(length);
	std::byte* const target = take_over(position, length);
	copy_shared(target, message.head, message.head_length, copy_kind_);
	copy_shared(target + message.head_length, message.body, message.body_length, copy_kind_);
	RINGWIRE_STEP("put: payload copied");
	complete(position, position + length, length, kFlagsInline, send_time);
}

void LaneWriter::put_in_pool(uint64_t offset, uint32_t length, uint64_t send_time) {
	assert(offset != 0);
	const uint64_t position = place(0);
	(void)take_over(position, 0);
	complete(position, position, length, pool_flags(offset), send_time);
	if (reserved_) { // the message in the lane comes behind this one: its descriptor is the next one now
		busy_ = true;
		(void)take_over(reserved_position_, 0);
	}
}

void LaneWriter::retire_below(uint64_t sequence) {
	assert(sequence <= published_);
	uint64_t at = std::max(retired_, next_ > geometry_.depth ? next_ - geometry_.depth : 0);
	for (; at < sequence; ++at) {
		// Relaxed: the fence of PoolWriter::free_unpinned orders it.
		descriptors_[at & (geometry_.depth - 1)].stamp.store(kStampBusy, std::memory_order_relaxed);
	}
	retired_ = std::max(retired_, sequence);
}

void LaneWriter::publish() {
	published_ = next_;
	// Release: pairs with the acquire in LaneReader::refresh.
	control_->published.store(published_, std::memory_order_release);
	RINGWIRE_STEP("publish: stored");
}

void LaneWriter::end() {
	// Release: pairs with the acquire in LaneReader::end. A reader that sees the end sees every message before it.
	control_->state.store(static_cast<uint32_t>(LaneState::kEnded), std::memory_order_release);
	RINGWIRE_STEP("end: stored");
}

void LaneWriter::want(uint64_t sequence) {
	want_epoch_ |= 1;
	control_->want_sequence.store(sequence, std::memory_order_relaxed);
	RINGWIRE_STEP("want: sequence stored");
	// Release: pairs with the acquire in LaneReader::wanted, so that the sequence loaded there belongs to the epoch or a later one.
	control_->want_epoch.store(want_epoch_, std::memory_order_release);
	RINGWIRE_STEP("want: epoch odd");
}

void LaneWriter::unwant() {
	if ((want_epoch_ & 1) != 0) {
		want_epoch_ += 1;
		// Relaxed: a reader that still sees the odd epoch rings once without effect.
		control_->want_epoch.store(want_epoch_, std::memory_order_relaxed);
		RINGWIRE_STEP("want: epoch even");
	}
}

} // namespace ringwire
