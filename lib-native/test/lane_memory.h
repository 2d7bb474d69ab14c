// A lane in plain memory with access to every shared word, and messages of which every word identifies its message.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "core/lane_reader.h"
#include "core/lane_writer.h"
#include "test/law.h"

namespace ringwire {

// Exactly as long as the lane, so that AddressSanitizer detects an access outside of it.
class LaneMemory {
public:
	explicit LaneMemory(const LaneGeometry& geometry)
		: geometry_(geometry), bytes_(static_cast<std::byte*>(std::aligned_alloc(4096, geometry.lane_bytes()))) {
		std::memset(bytes_.get(), 0, geometry.lane_bytes());
	}

	[[nodiscard]] const LaneGeometry& geometry() const { return geometry_; }
	[[nodiscard]] std::byte* bytes() const { return bytes_.get(); }
	[[nodiscard]] LaneControl& control() const { return *reinterpret_cast<LaneControl*>(bytes()); }
	[[nodiscard]] Descriptor& descriptor(uint64_t sequence) const {
		return reinterpret_cast<Descriptor*>(bytes() + sizeof(LaneControl))[sequence & (geometry_.depth - 1)];
	}
	[[nodiscard]] std::byte* payload(uint64_t position) const {
		return bytes() + geometry_.payload_offset() + (position & (geometry_.capacity - 1));
	}

private:
	struct Free {
		void operator()(std::byte* bytes) const { std::free(bytes); }
	};
	LaneGeometry geometry_;
	std::unique_ptr<std::byte, Free> bytes_;
};

inline LaneGeometry small_geometry(uint32_t depth) {
	return {kCapacityMin, kCapacityMin / 2, depth};
}

// --- Messages with a content that depends on their sequence

inline void fill_message(std::byte* target, uint32_t length, uint64_t sequence) {
	uint64_t state = sequence;
	for (uint32_t i = 0; i < length; i += 8) {
		const uint64_t word = law::next_random(state);
		std::memcpy(target + i, &word, length - i < 8 ? length - i : 8);
	}
}

inline std::vector<std::byte> message_of(uint64_t sequence, uint32_t length) {
	std::vector<std::byte> message(length);
	fill_message(message.data(), length, sequence);
	return message;
}

inline bool is_message_of(uint64_t sequence, const std::byte* bytes, uint32_t length) {
	return message_of(sequence, length) == std::vector<std::byte>(bytes, bytes + length);
}

// --- Writing and reading one message

inline void put(LaneWriter& writer, uint32_t length) {
	const uint64_t sequence = writer.next();
	writer.put(message_of(sequence, length).data(), length, 1000 + sequence);
}

inline void write(LaneWriter& writer, uint32_t length) {
	put(writer, length);
	writer.publish();
}

// Reads the next message. `whole`: it equals the message that was written under its sequence.
inline ReadOutcome read_next(LaneReader& reader, bool& whole) {
	Message message{};
	whole = false;
	ReadOutcome outcome = reader.locate(message);
	if (outcome != ReadOutcome::kMessage) {
		return outcome;
	}
	const uint64_t sequence = reader.next();
	std::vector<std::byte> copy(message.length);
	outcome = reader.take(message, copy.data());
	whole = outcome == ReadOutcome::kMessage && is_message_of(sequence, copy.data(), message.length) &&
	        message.send_time == 1000 + sequence && reader.next() == sequence + 1;
	return outcome;
}

inline bool reads_whole(LaneReader& reader) {
	bool whole = false;
	return read_next(reader, whole) == ReadOutcome::kMessage && whole;
}

// --- A manual writer, which can stop after any step and start at any sequence

// LaneWriter::put and publish, step by step.
enum class PutStep {
	kNothing,
	kIntent,
	kBusy,
	kHalfPayload,
	kPayload,
	kPosition,
	kLength,
	kFlags,
	kSendTime,
	kStamp,
	kPublished,
};

class HandWriter {
public:
	HandWriter(const LaneMemory& lane, uint64_t next, uint64_t position)
		: lane_(lane), next_(next), position_(position) {}

	// All steps up to `last`, in the order of LaneWriter.
	void put(uint32_t length, PutStep last = PutStep::kPublished) {
		const LaneGeometry& geometry = lane_.geometry();
		const uint64_t offset = position_ & (geometry.capacity - 1);
		const uint64_t position =
			offset + length <= geometry.capacity ? position_ : position_ + geometry.capacity - offset;
		const uint64_t end = align_payload(position + length);
		const std::vector<std::byte> message = message_of(next_, length);
		Descriptor& descriptor = lane_.descriptor(next_);
		for (int step = 1; step <= static_cast<int>(last); ++step) {
			switch (static_cast<PutStep>(step)) {
			case PutStep::kNothing:
				break;
			case PutStep::kIntent:
				lane_.control().intent = end;
				break;
			case PutStep::kBusy:
				descriptor.stamp = kStampBusy;
				break;
			case PutStep::kHalfPayload:
				copy_shared(lane_.payload(position), message.data(), length / 2, CopyKind::kOrdered);
				break;
			case PutStep::kPayload:
				copy_shared(lane_.payload(position), message.data(), length, CopyKind::kOrdered);
				break;
			case PutStep::kPosition:
				descriptor.position = position;
				break;
			case PutStep::kLength:
				descriptor.length = length;
				break;
			case PutStep::kFlags:
				descriptor.flags = 0;
				break;
			case PutStep::kSendTime:
				descriptor.send_time = 1000 + next_;
				break;
			case PutStep::kStamp:
				descriptor.stamp = next_ + 1;
				break;
			case PutStep::kPublished:
				lane_.control().published = next_ + 1;
				break;
			}
		}
		position_ = end;
		next_ += 1;
	}
	[[nodiscard]] uint64_t next() const { return next_; }

private:
	const LaneMemory& lane_;
	uint64_t next_;
	uint64_t position_;
};

} // namespace ringwire
