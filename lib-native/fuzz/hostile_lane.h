// The lane of a hostile writer. It writes messages in the correct order of steps, one step at a time, and stores wrong values in
// every word, while a reader reads.
#pragma once

#include "fuzz/company.h"

namespace fuzz {

class HostileLane {
public:
	// `has_pool`: every third message is in a pool.
	HostileLane(const ringwire::LaneGeometry& geometry, uint64_t start, bool has_pool)
		: geometry_(geometry), has_pool_(has_pool), next_(start) {
		HOLDS(region_.create(geometry.lane_bytes()).ok());
		control().header = {ringwire::kLaneMagic, ringwire::kLayoutVersion, geometry.depth,
		                    geometry.capacity,    geometry.message_max,     42};
		control().published = start;
		HOLDS(pool_.create(kPool.bytes).ok());
		pool_control().header = {ringwire::kPoolMagic, ringwire::kLayoutVersion, kPool.bytes, kPool.message_max, 43};
	}
	[[nodiscard]] bool has_pool() const { return has_pool_; }
	[[nodiscard]] const ringwire::Region& pool() const { return pool_; }
	[[nodiscard]] bool is_in_pool(uint64_t sequence) const { return has_pool_ && sequence % 3 == 1; }
	[[nodiscard]] const ringwire::Region& region() const { return region_; }
	[[nodiscard]] const ringwire::LaneGeometry& geometry() const { return geometry_; }
	[[nodiscard]] ringwire::LaneControl& control() const {
		return *reinterpret_cast<ringwire::LaneControl*>(region_.memory());
	}
	[[nodiscard]] ringwire::Descriptor& descriptor(uint64_t sequence) const {
		return reinterpret_cast<ringwire::Descriptor*>(region_.memory() +
		                                               sizeof(ringwire::LaneControl))[sequence & (geometry_.depth - 1)];
	}
	[[nodiscard]] std::byte* payload(uint64_t position) const {
		return region_.memory() + geometry_.payload_offset() + (position & (geometry_.capacity - 1));
	}
	[[nodiscard]] uint64_t next() const { return next_; }
	// Mostly short, sometimes up to the limit.
	[[nodiscard]] uint32_t length_of(uint64_t sequence) const {
		uint64_t state = sequence;
		const uint64_t random = law::next_random(state);
		if (is_in_pool(sequence)) {
			return static_cast<uint32_t>(random % (kPool.message_max + 1));
		}
		return static_cast<uint32_t>(random % 8 == 0 ? (random >> 8) % (geometry_.message_max + 1)
		                                             : (random >> 8) % 600);
	}

	// The next step of the current message, in the order of LaneWriter::put and publish.
	void step() {
		const uint32_t length = length_of(next_);
		const bool in_pool = is_in_pool(next_);
		// The message that was in this chunk had the descriptor of this one too.
		const uint64_t chunk = ringwire::kChunksOffset + next_ % kChunks * kPool.message_max;
		const uint64_t offset = position_ & (geometry_.capacity - 1);
		const uint64_t position =
			in_pool || offset + length <= geometry_.capacity ? position_ : position_ + geometry_.capacity - offset;
		const uint64_t end = in_pool ? position : ringwire::align_payload(position + length);
		std::byte* const target = in_pool ? pool_.memory() + chunk : payload(position);
		ringwire::Descriptor& words = descriptor(next_);
		switch (step_++) {
		case 0:
			control().intent = end;
			break;
		case 1:
			words.stamp = ringwire::kStampBusy;
			break;
		case 2:
			message_ = ringwire::message_of(next_, length);
			std::copy_n(message_.data(), length / 2, target);
			break;
		case 3:
			std::copy_n(message_.data() + length / 2, length - length / 2, target + length / 2);
			break;
		case 4:
			words.position = position;
			break;
		case 5:
			words.length = length;
			break;
		case 6:
			words.flags = in_pool ? ringwire::pool_flags(chunk) : 0;
			break;
		case 7:
			words.send_time = 1000 + next_;
			break;
		case 8:
			words.stamp = next_ + 1;
			break;
		default:
			next_ += 1;
			position_ = end;
			step_ = 0;
			control().published = next_;
			break;
		}
	}
	void put() {
		do {
			step();
		} while (step_ != 0);
	}
	// A wrong value that can only hide messages: a message that is accepted nevertheless is whole.
	void withhold(Choices& choices) const {
		switch (choices.below(3)) {
		case 0:
			control().intent = control().intent + (choices.word() >> choices.below(64) & INT64_MAX);
			return tried("withholding lie: intent ahead");
		case 1:
			descriptor(next_ + choices.below(geometry_.depth)).stamp = ringwire::kStampBusy;
			return tried("withholding lie: busy stamp");
		default:
			descriptor(next_ + choices.below(geometry_.depth)).stamp = 0;
			return tried("withholding lie: stamp of no message");
		}
	}
	// Any wrong value in any word.
	void lie(Choices& choices) const {
		ringwire::Descriptor& words = descriptor(next_ + choices.below(2 * geometry_.depth));
		switch (choices.below(has_pool_ ? 14 : 11)) {
		case 0:
			control().published = choices.lie(control().published);
			return tried("lane: published");
		case 1:
			control().intent = choices.lie(control().intent);
			return tried("lane: intent");
		case 2:
			words.stamp = choices.lie(words.stamp);
			return tried("lane: stamp");
		case 3:
			words.position = choices.lie(words.position);
			return tried("lane: position");
		case 4:
			words.length = static_cast<uint32_t>(choices.lie(words.length));
			return tried("lane: length");
		case 5:
			words.flags = static_cast<uint32_t>(choices.lie(words.flags));
			return tried("lane: flags");
		case 6:
			words.send_time = choices.lie(choices.once_in(2) ? ringwire::monotonic_nanos() : 1000);
			return tried("lane: send time");
		case 7:
			control().state = static_cast<uint32_t>(choices.lie(control().state));
			return tried("lane: state");
		case 8:
			control().want_epoch = choices.lie(control().want_epoch);
			control().want_sequence = choices.lie(next_);
			return tried("lane: want epoch and sequence");
		case 9:
			control().header.depth = static_cast<uint32_t>(choices.lie(geometry_.depth));
			control().header.capacity = choices.lie(geometry_.capacity);
			control().header.message_max = choices.lie(geometry_.message_max);
			return tried("lane: header after the handshake");
		case 10:
			*payload(choices.lie(position_)) = std::byte{choices.byte()};
			return tried("lane: payload");
		case 11:
			words.flags = ringwire::pool_flags(choices.lie(ringwire::kChunksOffset) % (uint64_t{1} << 34));
			return tried("pool: offset");
		case 12:
			pool_control().want_epoch = choices.lie(pool_control().want_epoch);
			pool_control().header.bytes = choices.lie(kPool.bytes);
			pool_control().header.message_max = choices.lie(kPool.message_max);
			return tried("pool: want epoch, and header after the handshake");
		default:
			pool_.memory()[ringwire::kChunksOffset + choices.word() % (kPool.bytes - ringwire::kChunksOffset)] =
				std::byte{choices.byte()};
			return tried("pool: message");
		}
	}

private:
	static constexpr uint64_t kChunks = 64; // a multiple of every depth
	static constexpr ringwire::PoolGeometry kPool{ringwire::kChunksOffset + kChunks * 1024, 1024};

	[[nodiscard]] ringwire::PoolControl& pool_control() const {
		return *reinterpret_cast<ringwire::PoolControl*>(pool_.memory());
	}

	ringwire::LaneGeometry geometry_;
	bool has_pool_;
	ringwire::Region region_;
	ringwire::Region pool_;
	std::vector<std::byte> message_;
	uint64_t next_;
	uint64_t position_ = 0;
	int step_ = 0;
};

} // namespace fuzz
