// The wake protocol, for both directions: a reader sleeps until there is data, a writer sleeps until there is space. The
// sleeper owns an epoch word, which is odd while it sleeps. The ringer rings at most once for each odd epoch.
//
//   sleeper                                ringer
//     epoch = odd                            publish (a batch is one publish)
//     full fence                  <->        full fence
//     look again; found? disarm              epoch odd, and not rung for: ring
//     sleep in the kernel
//     woken: drain the doorbell,
//     epoch = even, look
//
// The later of the two fences in their single total order sees the store of the other side: the sleeper sees the data or
// the space, or the ringer sees the odd epoch. The doorbell is drained before the look: a drain after it could discard a
// ring for a change that the look missed. A ringer that dies before it rings closes its socket, which also wakes the sleeper.
//
// lib-native/model searches this code with weak orders, and the protocol in all interleavings; its README says how far.
#pragma once

#include "core/layout.h"
#include "core/step.h"

namespace ringwire {

// Pairs with the same fence of the other side.
inline void wake_fence() {
	shared_fence(std::memory_order_seq_cst);
}

// The sleeper's side of a reader's epoch word. The writer's is LaneWriter::want.
class Sleeper {
public:
	explicit Sleeper(SharedU64& epoch) : epoch_(&epoch) {}

	// Makes the epoch odd. The caller executes wake_fence and looks again before it sleeps.
	void arm() {
		value_ |= 1;
		epoch_->store(value_, std::memory_order_relaxed); // ordered by wake_fence
		RINGWIRE_STEP("sleep: epoch odd");
	}
	void disarm() {
		if ((value_ & 1) != 0) {
			value_ += 1;
			// Relaxed: a ringer that still sees the odd epoch rings once without effect.
			epoch_->store(value_, std::memory_order_relaxed);
			RINGWIRE_STEP("sleep: epoch even");
		}
	}

private:
	SharedU64* epoch_;
	uint64_t value_ = 0;
};

// The ringer's side. Records privately for which epoch it has rung.
class Bell {
public:
	// Call after wake_fence. True: ring now.
	[[nodiscard]] bool due(uint64_t epoch) {
		if ((epoch & 1) == 0 || epoch == rung_) {
			return false;
		}
		rung_ = epoch;
		return true;
	}

private:
	uint64_t rung_ = 0;
};

} // namespace ringwire
