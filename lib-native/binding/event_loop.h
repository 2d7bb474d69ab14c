// The event loop of a Node environment. Each operating system has an implementation in a folder of binding/.
#pragma once

#include <node_api.h>

#include <memory>

#include "platform/event_loop.h"

namespace ringwire {

// Null: the environment has no loop that can watch a wait set.
[[nodiscard]] std::unique_ptr<EventLoop> open_event_loop(napi_env env, EventLoop::Owner& owner);

} // namespace ringwire
