// A link's sockets in the model, as far as waking goes: a counter of rings that wait there, and who sleeps until there is
// one. It orders no memory at all, so that nothing in the protocol rests on the kernel's own barriers.
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
	// Returns with at least one ring there, which it leaves there. For ever without: the checker calls that a deadlock.
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
