// The leases on the messages of one lane: views of messages that are at their place, in the lane or in its writer's pool. It outlives the link, so
// that the bytes stay until the last lease is released.
//
// A lease holds its message in one of two ways. By the position: the reader's cursor stays at the oldest lease, so the writer keeps the message and
// all after it, and the next reader gets them if this one dies. By a pin: the writer keeps the chunk in its pool, and nothing else. Readers that do
// not hold back have leases by pins only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "platform/region.h"

namespace ringwire {

class ReaderLink;

class LeasedLane {
public:
	static constexpr uint64_t kNone = UINT64_MAX;

	// Where the bytes of a message are, in the memory of the lane or in that of the pool.
	struct Place {
		bool in_pool;
		uint64_t offset;
		uint64_t length;
	};

	// `open_leases` counts those of all lanes of the reader.
	LeasedLane(ReaderLink& link, std::shared_ptr<size_t> open_leases)
		: link_(&link), open_leases_(std::move(open_leases)) {}
	LeasedLane(const LeasedLane&) = delete;
	LeasedLane& operator=(const LeasedLane&) = delete;
	~LeasedLane() { *open_leases_ -= leases_.size(); }

	// Filled when the lane is mapped.
	[[nodiscard]] PrivateView& view() { return view_; }
	// Filled when the pool is mapped.
	[[nodiscard]] PrivateView& pool_view() { return pool_view_; }
	// Whether the bytes of a message that its writer keeps can be used at their place, now. To be called before `add`.
	[[nodiscard]] bool can_show(const Place& place) {
		PrivateView& view = view_of(place);
		return !separated_ && view.open() && view.renew(place.offset, place.length);
	}
	// The message `sequence`, later than those before it, is at this place. Without a `pin` the position holds it.
	[[nodiscard]] std::byte* add(uint64_t sequence, const Place& place, std::optional<uint32_t> pin);
	// The lease is to hold its message by a pin, if that is in the pool and a pin is free: the messages behind it do not wait for it any more.
	void keep(uint64_t sequence);
	// In any order. Gives room back to the writer if the lease was pinned, or the oldest. Must be called once for each lease; does nothing after
	// `end`.
	void release(uint64_t sequence);
	// The bytes of all leases are zeros from now on. The leases go on holding their place: the messages are the next reader's.
	void end();

	// The sequence of the oldest lease that holds the reader's position.
	[[nodiscard]] uint64_t oldest() const;

	// Open ones.
	[[nodiscard]] size_t count() const { return ended_ ? 0 : leases_.size(); }
	// The age of the one that has been open for the longest time, in nanoseconds. 0: there is none.
	[[nodiscard]] uint64_t oldest_age(uint64_t now) const { return count() == 0 ? 0 : now - leases_.front().since; }

	// For the link, which calls `link_gone` before it is destroyed.
	void link_gone();
	// The leases hold no place any more, and no later store of the writer reaches their bytes.
	void stop_holding(bool lane_may_change, bool pool_may_change);
	// No later store of the writer reaches the bytes of the leases.
	void separate() { separate(true, true); }

private:
	struct Lease {
		uint64_t sequence;
		Place place;
		std::optional<uint32_t> pin;
		uint64_t since; // of the monotonic clock
	};

	[[nodiscard]] PrivateView& view_of(const Place& place) { return place.in_pool ? pool_view_ : view_; }
	[[nodiscard]] std::vector<Lease>::iterator find(uint64_t sequence);
	void separate(bool lane, bool pool);
	void clear();

	PrivateView view_;
	PrivateView pool_view_;
	ReaderLink* link_; // null: it is gone
	std::shared_ptr<size_t> open_leases_;
	std::vector<Lease> leases_; // by sequence
	bool holds_ = true;
	bool ended_ = false;
	bool separated_ = false; // a later look at the same pages would join them to the writer's again
};

} // namespace ringwire
