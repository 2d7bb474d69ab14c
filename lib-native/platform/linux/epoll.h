// The calls of epoll that wait sets and groups share.
#pragma once

#include <cstdint>

#include "platform/handle.h"
#include "platform/wait_set.h"

namespace ringwire {

[[nodiscard]] bool epoll_watch(OsHandle epoll, OsHandle handle, void* token);
void epoll_unwatch(OsHandle epoll, OsHandle handle);
// See WaitSet::collect. 0 also after an error.
[[nodiscard]] int epoll_collect(OsHandle epoll, void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos);

} // namespace ringwire
