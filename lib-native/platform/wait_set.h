// The sockets and the alarm of an endpoint, bundled into a single handle that an event loop can watch.
#pragma once

#include <cstdint>

#include "core/status.h"
#include "platform/handle.h"

namespace ringwire {

class WaitSet {
public:
	static constexpr int kReadyMax = 64;
	static constexpr int64_t kForever = -1;

	[[nodiscard]] Status open();
	// Readable whenever `collect` would find something.
	[[nodiscard]] OsHandle pollable() const { return set_.get(); }

	// `token` comes back from collect. It must not be null. False: the kernel is out of memory or watches.
	[[nodiscard]] bool watch(OsHandle handle, void* token);
	void unwatch(OsHandle handle);
	// At this time of the monotonic clock collect returns a null token, once. 0 turns it off.
	void set_alarm(uint64_t at_nanos);

	// Waits at most so long (kForever, 0: not at all) and returns how many tokens are ready. Level-triggered.
	[[nodiscard]] int collect(void* (&tokens)[kReadyMax], int64_t timeout_nanos);

private:
	HandleOwner set_;
	HandleOwner alarm_;
};

} // namespace ringwire
