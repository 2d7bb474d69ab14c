// The two event loops for Linux, behind platform/event_loop.h. Null: it cannot be opened.
#pragma once

#include <node_api.h>

#include <memory>

#include "platform/event_loop.h"

namespace ringwire {

// The loop of Node. Watches every wait set by itself. Another host can have functions of the same names that end the process or do nothing, so this is
// for Node alone.
[[nodiscard]] std::unique_ptr<EventLoop> open_libuv_loop(napi_env env, EventLoop::Owner& owner);

// For every host with Node-API 9. A thread of the environment waits for all wait sets and wakes the host by a thread-safe function. There are no
// turns, and a wake-up takes longer than with the other loop.
[[nodiscard]] std::unique_ptr<EventLoop> open_thread_loop(napi_env env, EventLoop::Owner& owner);

} // namespace ringwire
