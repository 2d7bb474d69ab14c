// The second event loop for the laws of platform/event_loop.h.
#pragma once

#include <node_api.h>

#include <memory>

#include "platform/event_loop.h"

namespace ringwire {

// A thread of the environment waits for all sources and wakes the loop by a thread-safe function. Uses nothing of libuv and has no turns.
[[nodiscard]] std::unique_ptr<EventLoop> open_thread_loop(napi_env env, EventLoop::Owner& owner);

} // namespace ringwire
