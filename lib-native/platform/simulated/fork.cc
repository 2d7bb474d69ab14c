// Simulated processes do not fork.
#include "platform/fork.h"

#include "platform/handle.h"

namespace ringwire {

std::atomic<uint32_t> fork_generation{0};

void register_handle(OsHandle) {}

} // namespace ringwire
