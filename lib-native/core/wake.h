// The wake protocol, for both directions: a reader that sleeps until there is data, a writer that sleeps until there is
// space. Whoever sleeps owns an epoch word, odd while it sleeps; whoever has news rings at most once per odd epoch.
//
//   sleeper                                ringer
//     epoch = odd                            publish (a batch is one publish)
//     full fence                  <->        full fence
//     look again; news? get up               epoch odd, and not rung for: ring
//     sleep in the kernel
//     woken: drain the doorbell,
//     epoch = even, look
//
// Of the two fences, whichever comes later in the single total order sees the other side's store: the sleeper sees the
// news, or the ringer sees the odd epoch. Draining after the look would throw away a ring for news that it did not see.
// A ringer that dies before it rings closes its socket, which wakes the sleeper all the same.
//
// lib-native/model searches this code with weak orders, and the protocol in all interleavings; its README says how far.
#pragma once

#include "core/layout.h"
#include "core/step.h"

namespace ringwire {

// Pairs with itself on the other side, see above.
inline void wake_fence() {
	shared_fence(std::memory_order_seq_cst);
}

// The sleeper's side of a reader's epoch word. The writer's is LaneWriter::want.
class Sleeper {
public:
	explicit Sleeper(SharedU64& epoch) : epoch_(&epoch) {}

	// wake_fence and another look must follow.
	void lie_down() {
		value_ |= 1;
		epoch_->store(value_, std::memory_order_relaxed); // ordered by wake_fence
		RINGWIRE_STEP("sleep: epoch odd");
	}
	void get_up() {
		if ((value_ & 1) != 0) {
			value_ += 1;
			// Relaxed: a ringer that still sees the odd epoch rings once too often, which is harmless.
			epoch_->store(value_, std::memory_order_relaxed);
			RINGWIRE_STEP("sleep: epoch even");
		}
	}

private:
	SharedU64* epoch_;
	uint64_t value_ = 0;
};

// The ringer's side: remembers privately for which epoch it has rung.
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
