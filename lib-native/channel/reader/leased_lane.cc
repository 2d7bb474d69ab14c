#include "channel/reader/leased_lane.h"

#include <algorithm>
#include <cassert>

#include "channel/reader/reader_endpoint.h"

namespace ringwire {

std::byte* LeasedLane::add(uint64_t sequence, uint64_t offset, uint64_t length) {
	assert(leases_.empty() || leases_.back().sequence < sequence);
	leases_.push_back({sequence, offset, length});
	*open_leases_ += 1;
	return view_.memory() + offset;
}

void LeasedLane::release(uint64_t sequence) {
	if (ended_) {
		return;
	}
	const auto lease = std::lower_bound(leases_.begin(), leases_.end(), sequence,
	                                    [](const Lease& one, uint64_t wanted) { return one.sequence < wanted; });
	assert(lease != leases_.end() && lease->sequence == sequence);
	leases_.erase(lease);
	*open_leases_ -= 1;
	if (link_ != nullptr) {
		link_->released();
	} else if (leases_.empty()) {
		view_.clear();
	}
}

void LeasedLane::end() {
	ended_ = true;
	view_.clear();
}

void LeasedLane::link_gone() {
	link_ = nullptr;
	if (leases_.empty()) {
		view_.clear();
	}
}

void LeasedLane::stop_holding(bool writer_may_store) {
	holds_ = false;
	if (writer_may_store) {
		separate();
	}
}

void LeasedLane::separate() {
	separated_ = true;
	if (ended_) {
		return;
	}
	for (const Lease& lease : leases_) {
		view_.separate(lease.offset, lease.length);
	}
}

} // namespace ringwire
