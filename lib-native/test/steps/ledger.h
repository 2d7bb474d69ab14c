// The progress of a victim, in memory that it shares with its parent and that survives it: the count of each step, and sums of
// them. The steps themselves write it, so that it is exact at any step at which the victim is killed.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/step.h"

namespace ringwire {

enum Phase : uint32_t { kComing, kJoined, kConnected, kWritten, kDone };

struct Ledger {
	static constexpr unsigned kStepsMax = 256;

	std::atomic<uint32_t> arrivals[kStepsMax];
	std::atomic<uint64_t> stamped;   // messages that a writer has put
	std::atomic<uint64_t> published; // of these, visible to readers
	std::atomic<uint64_t> read;      // messages that a reader has read or lost from its first lane
	std::atomic<uint64_t> held;      // of these, the number of the first that it leases, plus 1; 0: none
	std::atomic<uint64_t> advanced;  // of these, in its cursor
	std::atomic<uint64_t> first;     // sequence of the first one, plus 1
	std::atomic<uint64_t> delivered;
	std::atomic<uint64_t> lost;
	std::atomic<uint32_t> phase;
	std::atomic<uint32_t> hold;     // set by the parent: do not read
	std::atomic<uint32_t> goal_tag; // the writer of the message that the victim reads before it leaves ...
	std::atomic<uint64_t> goal;     // ... and its number plus 1; 0: not decided yet
	std::atomic<uint32_t> complaints;
};

template <StepName kName>
[[nodiscard]] uint32_t arrivals(const Ledger& ledger) {
	return ledger.arrivals[step<kName>.index];
}

} // namespace ringwire
