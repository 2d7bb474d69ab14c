// The sources that wake an endpoint: its links, the connections of its meeting place, and one alarm. Used by one thread.
//
// A peer makes a wait set ready with a message. It cannot undo that.
#pragma once

#include <cstdint>

#include "core/status.h"
#include "platform/handle.h"
#include "platform/link_end.h"

namespace ringwire {

class WaitSet {
public:
	static constexpr int kReadyMax = 64;
	static constexpr int64_t kForever = -1;

	[[nodiscard]] Status open();

	// `token` comes back from collect while a message or the end of the peer waits in the link. It must not be null. False: the system is
	// short of memory or watches. An end that is closed leaves the set.
	[[nodiscard]] bool watch(const LinkEnd& end, void* token) { return watch_handle(end.handle(), token); }
	void unwatch(const LinkEnd& end) { unwatch_handle(end.handle()); }
	// At this time of the monotonic clock collect returns a null token, once. 0 turns it off.
	void set_alarm(uint64_t at_nanos);

	// Waits at most so long (kForever, 0: not at all) and returns how many tokens are ready. Level-triggered.
	[[nodiscard]] int collect(void* (&tokens)[kReadyMax], int64_t timeout_nanos);
	// Whether `collect` would return a token now. Changes nothing.
	[[nodiscard]] bool ready() const;

private:
	friend class MeetingPlace;   // watches the place where connections arrive
	friend struct WaitSetHandle; // of an implementation that has more to do with a set's handle

	[[nodiscard]] bool watch_handle(OsHandle handle, void* token);
	void unwatch_handle(OsHandle handle);

	HandleOwner set_;
	HandleOwner alarm_;
};

} // namespace ringwire
