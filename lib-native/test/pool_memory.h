// A pool with its lanes and readers in plain memory, and the readers of a lane as the pool's owner sees them.
#pragma once

#include <array>
#include <list>

#include "core/cursor.h"
#include "core/pool/pool_reader.h"
#include "core/pool/pool_writer.h"
#include "test/lane_memory.h"

namespace ringwire {

// Exactly as long as the pool, so that AddressSanitizer detects an access outside of it.
class PoolMemory {
public:
	explicit PoolMemory(const PoolGeometry& geometry)
		: geometry_(geometry), bytes_(static_cast<std::byte*>(std::aligned_alloc(4096, geometry.bytes))) {
		std::memset(bytes_.get(), 0, geometry.bytes);
	}
	[[nodiscard]] const PoolGeometry& geometry() const { return geometry_; }
	[[nodiscard]] std::byte* bytes() const { return bytes_.get(); }
	[[nodiscard]] PoolControl& control() const { return *reinterpret_cast<PoolControl*>(bytes()); }

private:
	struct Free {
		void operator()(std::byte* bytes) const { std::free(bytes); }
	};
	PoolGeometry geometry_;
	std::unique_ptr<std::byte, Free> bytes_;
};

// One reader of one lane: both sides of its cursor.
struct PoolGuest {
	alignas(4096) std::array<std::byte, kCursorBytes> page{};
	CursorOwner owner;
	LaneReader lane;
	PoolReader pool;
	CursorView view;
	PinView pins;

	PoolGuest(const LaneMemory& memory, const PoolMemory& pool_memory, uint64_t start, bool holds_back,
	          uint32_t pin_count = kPinsMax)
		: owner(page.data(), start), lane(memory.bytes(), memory.geometry(), start, holds_back),
		  pool(pool_memory.bytes(), pool_memory.geometry(), page.data(), pin_count), view(page.data(), start),
		  pins(page.data(), start, pin_count) {
		lane.use_pool(pool_memory.bytes(), pool_memory.geometry());
	}
	[[nodiscard]] Pins& words() { return *reinterpret_cast<Pins*>(page.data() + kPinsOffset); }
};

// A lane of a pool with its readers.
class PoolHost final : public PoolReaders {
public:
	enum class Kind { kHolding, kLossy, kLatest };

	PoolHost(PoolWriter& pool, const PoolMemory& pool_memory, Kind kind, uint32_t depth = 16)
		: pool_memory_(pool_memory), kind_(kind), memory(small_geometry(depth)),
		  lane(memory.bytes(), memory.geometry(), 7, CopyKind::kRacing), in_pool(pool, lane, *this), pool_(pool) {}

	PoolGuest& join(uint32_t pin_count = kPinsMax) {
		const uint64_t start = kind_ == Kind::kHolding ? tail() : lane.oldest_intact();
		return guests.emplace_back(memory, pool_memory_, std::min(start, lane.published()), kind_ == Kind::kHolding,
		                           pin_count);
	}

	// The content of a message in the pool depends on its sequence and lane, as that of one in a lane on its sequence.
	[[nodiscard]] bool write(uint32_t length) {
		const std::optional<uint32_t> chunk =
			lane.fits(tail(), 0) || kind_ != Kind::kHolding ? pool_.allocate(length) : std::nullopt;
		if (!chunk) {
			return false;
		}
		const std::vector<std::byte> message = message_of(lane.next(), length);
		copy_shared(pool_.memory(*chunk), message.data(), length, CopyKind::kRacing);
		in_pool.put(*chunk, length, 1000 + lane.next());
		pool_.release(*chunk);
		lane.publish();
		return true;
	}
	uint64_t tail() {
		for (PoolGuest& guest : guests) {
			CHECK(guest.view.refresh(lane.published()));
		}
		if (!guests.empty()) {
			tail_ = lane.published();
			for (PoolGuest& guest : guests) {
				tail_ = std::min(tail_, guest.view.sequence());
			}
		}
		return tail_;
	}

	uint64_t retirable_below() override {
		return kind_ == Kind::kHolding ? tail()
		                               : lane.published() - (kind_ == Kind::kLatest && lane.published() > 0 ? 1 : 0);
	}
	bool collect_pins(std::vector<uint64_t>& sequences) override {
		for (PoolGuest& guest : guests) {
			CHECK(guest.pins.collect(lane.published(), sequences));
		}
		return true;
	}

private:
	const PoolMemory& pool_memory_;
	Kind kind_;
	uint64_t tail_ = 0;

public:
	LaneMemory memory;
	LaneWriter lane;
	PoolLane in_pool;
	std::list<PoolGuest> guests;

private:
	PoolWriter& pool_;
};

} // namespace ringwire
