// A blocking wait for several wait sets of one thread. It takes nothing from them: a set that was ready is still ready for its own `collect`.
#pragma once

#include <cstdint>

#include "core/status.h"
#include "platform/handle.h"
#include "platform/wait_set.h"

namespace ringwire {

class WaitGroup {
public:
	// A group that was open before is empty afterwards.
	[[nodiscard]] Status open();

	// `token` comes back from collect while the set is ready. It must not be null. The set must be open, and be removed before it is destroyed.
	// A set can be in several groups. False: the system is short of memory or watches.
	[[nodiscard]] bool add(const WaitSet& set, void* token);
	void remove(const WaitSet& set);

	// As WaitSet::collect. A group that is not open is never ready and returns at once.
	[[nodiscard]] int collect(void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos);

private:
	HandleOwner group_;
};

} // namespace ringwire
