// What a victim has done so far, in memory that its parent sees too and that survives it: how often it came to each step,
// and what follows from that. It is written by the steps themselves, so it is exact at whatever step the victim is killed.
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
	std::atomic<uint64_t> published; // of these others can see
	std::atomic<uint64_t> read;      // messages that a reader has read or lost from the first lane that it met
	std::atomic<uint64_t> advanced;  // of these its cursor says so
	std::atomic<uint64_t> first;     // sequence number of the first that it read there, plus 1
	std::atomic<uint64_t> delivered;
	std::atomic<uint64_t> lost;
	std::atomic<uint32_t> phase;
	std::atomic<uint32_t> hold;     // set by the parent: do not read
	std::atomic<uint32_t> goal_tag; // and by whom is the message that it is to read before it leaves ...
	std::atomic<uint64_t> goal;     // ... its number plus 1; 0: that is not known yet
	std::atomic<uint32_t> complaints;
};

template <StepName kName>
[[nodiscard]] uint32_t arrivals(const Ledger& ledger) {
	return ledger.arrivals[step<kName>.index];
}

} // namespace ringwire
