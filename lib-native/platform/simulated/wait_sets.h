// The common part of wait sets and groups: a group is a set that watches sets.
#pragma once

#include <cstdint>

#include "platform/handle.h"
#include "platform/wait_set.h"

namespace ringwire {

struct WaitSetHandle {
	[[nodiscard]] static OsHandle of(const WaitSet& set) { return set.set_.get(); }
};

namespace simulated {

// kNoHandle: this process has no room for one more.
[[nodiscard]] OsHandle make_wait_set();
[[nodiscard]] bool watch(OsHandle set, OsHandle handle, void* token);
void unwatch(OsHandle set, OsHandle handle);
[[nodiscard]] int collect(OsHandle set, void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos);

} // namespace simulated
} // namespace ringwire
