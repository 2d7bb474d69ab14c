// The leases on the messages of one lane: views of messages that are at their place in it. It outlives the link, so that the bytes stay until the
// last lease is released.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "platform/region.h"

namespace ringwire {

class ReaderLink;

class LeasedLane {
public:
	static constexpr uint64_t kNone = UINT64_MAX;

	// `open_leases` counts those of all lanes of the reader.
	LeasedLane(ReaderLink& link, std::shared_ptr<size_t> open_leases)
		: link_(&link), open_leases_(std::move(open_leases)) {}
	LeasedLane(const LeasedLane&) = delete;
	LeasedLane& operator=(const LeasedLane&) = delete;
	~LeasedLane() { *open_leases_ -= leases_.size(); }

	// Filled when the lane is mapped.
	[[nodiscard]] PrivateView& view() { return view_; }
	// Whether the bytes of a message can be used at their place, now. To be called before `add`.
	[[nodiscard]] bool can_show(uint64_t offset, uint64_t length) {
		return !separated_ && view_.open() && view_.renew(offset, length);
	}
	// The message `sequence`, later than those before it, is at these bytes of the lane.
	[[nodiscard]] std::byte* add(uint64_t sequence, uint64_t offset, uint64_t length);
	// In any order. Gives room back to the writer if the lease was the oldest. Must be called once for each lease; does nothing after `end`.
	void release(uint64_t sequence);
	// The bytes of all leases are zeros from now on. The leases go on holding their place: the messages are the next reader's.
	void end();

	// The sequence of the oldest lease that holds the reader's position.
	[[nodiscard]] uint64_t oldest() const { return holds_ && !leases_.empty() ? leases_.front().sequence : kNone; }

	// For the link, which calls `link_gone` before it is destroyed.
	void link_gone();
	// The leases hold no place any more, and no later store of the writer reaches their bytes.
	void stop_holding(bool writer_may_store);
	// No later store of the writer reaches the bytes of the leases.
	void separate();

private:
	struct Lease {
		uint64_t sequence;
		uint64_t offset;
		uint64_t length;
	};

	PrivateView view_;
	ReaderLink* link_; // null: it is gone
	std::shared_ptr<size_t> open_leases_;
	std::vector<Lease> leases_; // by sequence
	bool holds_ = true;
	bool ended_ = false;
	bool separated_ = false; // a later look at the same pages would join them to the writer's again
};

} // namespace ringwire
