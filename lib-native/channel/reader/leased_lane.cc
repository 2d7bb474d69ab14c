#include "channel/reader/leased_lane.h"

#include <algorithm>
#include <cassert>

#include "channel/reader/reader_endpoint.h"
#include "platform/clock.h"

namespace ringwire {

std::byte* LeasedLane::add(uint64_t sequence, const Place& place, std::optional<uint32_t> pin) {
	assert(leases_.empty() || leases_.back().sequence < sequence);
	leases_.push_back({sequence, place, pin, monotonic_nanos()});
	*open_leases_ += 1;
	return view_of(place).memory() + place.offset;
}

std::vector<LeasedLane::Lease>::iterator LeasedLane::find(uint64_t sequence) {
	const auto lease = std::lower_bound(leases_.begin(), leases_.end(), sequence,
	                                    [](const Lease& one, uint64_t wanted) { return one.sequence < wanted; });
	assert(lease != leases_.end() && lease->sequence == sequence);
	return lease;
}

void LeasedLane::keep(uint64_t sequence) {
	if (ended_ || !holds_ || link_ == nullptr || link_->is_elsewhere()) {
		return;
	}
	const auto lease = find(sequence);
	if (lease->place.in_pool && !lease->pin) {
		// The pin is stored before the position advances, and the writer loads the positions before the pins.
		lease->pin = link_->pool->pin_held(sequence);
		if (lease->pin) {
			link_->released();
		}
	}
}

void LeasedLane::release(uint64_t sequence) {
	if (ended_) {
		return;
	}
	const auto lease = find(sequence);
	const std::optional<uint32_t> pin = lease->pin;
	leases_.erase(lease);
	*open_leases_ -= 1;
	if (link_ != nullptr) {
		if (!link_->is_elsewhere()) {
			pin ? link_->unpinned(*pin) : link_->released();
		}
	} else if (leases_.empty()) {
		clear();
	}
}

uint64_t LeasedLane::oldest() const {
	if (!holds_) {
		return kNone;
	}
	const auto lease = std::find_if(leases_.begin(), leases_.end(), [](const Lease& one) { return !one.pin; });
	return lease == leases_.end() ? kNone : lease->sequence;
}

void LeasedLane::end() {
	ended_ = true;
	clear();
}

void LeasedLane::clear() {
	view_.clear();
	pool_view_.clear();
}

void LeasedLane::link_gone() {
	link_ = nullptr;
	if (leases_.empty()) {
		clear();
	}
}

void LeasedLane::stop_holding(bool lane_may_change, bool pool_may_change) {
	holds_ = false;
	separate(lane_may_change, pool_may_change);
}

void LeasedLane::separate(bool lane, bool pool) {
	if (!lane && !pool) {
		return;
	}
	separated_ = true;
	if (ended_) {
		return;
	}
	for (const Lease& lease : leases_) {
		if (lease.place.in_pool ? pool : lane) {
			view_of(lease.place).separate(lease.place.offset, lease.place.length);
		}
	}
}

} // namespace ringwire
