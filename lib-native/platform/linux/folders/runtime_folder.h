// The folder in which every channel has a folder of its own.
#pragma once

#include <cstdint>
#include <string>

#include "core/status.h"
#include "platform/meeting_place.h"

namespace ringwire {

// The run-time folder's path, created if missing. `chosen` empty: RINGWIRE_DIR, else $XDG_RUNTIME_DIR/ringwire, else
// /tmp/ringwire-<uid>. Fails unless it is a real folder that belongs to us and is closed to others; with a group, unless
// it belongs to us or that group and is closed to all others. Waits for another member of the group that is creating it
// (kLockWaitNanosMax). The path is absolute, also if the chosen one is relative.
[[nodiscard]] Status open_runtime_folder(const std::string& chosen, std::string& path, uint32_t group = kNoGroup);

} // namespace ringwire
