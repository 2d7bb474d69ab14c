// The socket of a link in the model: a counter of pending rings, and the thread that sleeps until there is one. It orders no
// memory, so that the protocol does not depend on barriers of the kernel.
#pragma once

#include "model/relacy.h"

namespace ringwire::model {

template <rl::thread_id_t threads>
class Doorbell {
public:
	void ring() {
		rl::context& context = rl::ctx();
		context.sched();
		count_ += 1;
		sleepers_.unpark_one(context, {"", __FILE__, __LINE__});
	}
	// Returns when there is at least one ring, and does not take it. The checker reports a sleep without an end as a deadlock.
	void sleep() {
		rl::context& context = rl::ctx();
		context.sched();
		while (count_ == 0) {
			(void)sleepers_.park_current(context, false, false, false, {"", __FILE__, __LINE__});
		}
	}
	void drain() {
		rl::ctx().sched();
		count_ = 0;
	}

private:
	unsigned count_ = 0;
	rl::waitset<threads> sleepers_;
};

} // namespace ringwire::model
