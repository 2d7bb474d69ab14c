// Decides whether a reader polls before it sleeps. A successful poll saves two system calls and a wake-up. A poll in vain
// costs its whole budget. The budget turns itself off after a run of polls in vain. It then probes at growing intervals, so
// that a slow channel soon costs nothing.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringwire {

class SpinBudget {
public:
	explicit SpinBudget(uint64_t nanos) : nanos_(nanos) {}

	// Called once before each sleep. Returns how long to poll, or 0 for not at all.
	[[nodiscard]] uint64_t begin() {
		if (credit_ > 0) {
			return nanos_;
		}
		if (pause_ > 0) {
			pause_ -= 1;
			return 0;
		}
		return nanos_; // a probe
	}
	void found() {
		credit_ = kCreditMax;
		next_pause_ = kPauseMin;
	}
	void in_vain() {
		if (credit_ > 0) {
			credit_ -= 1;
		}
		if (credit_ == 0) {
			pause_ = next_pause_;
			next_pause_ = std::min(kPauseMax, next_pause_ * 2);
		}
	}

private:
	static constexpr uint32_t kCreditMax = 8;
	static constexpr uint32_t kPauseMin = 8;
	static constexpr uint32_t kPauseMax = 1024;

	uint64_t nanos_;
	uint32_t credit_ = kCreditMax;
	uint32_t pause_ = 0;
	uint32_t next_pause_ = kPauseMin;
};

} // namespace ringwire
