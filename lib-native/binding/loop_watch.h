// The wake source of a libuv loop. Each operating system has an implementation in a folder of binding/.
#pragma once

#include <uv.h>

#include "platform/wait_set.h"
#include "platform/wake_source.h"

namespace ringwire {

// Null: the loop cannot watch it.
[[nodiscard]] WakeSource* attach_to_loop(uv_loop_t* loop, const WaitSet& wait_set, WakeListener& listener);

} // namespace ringwire
