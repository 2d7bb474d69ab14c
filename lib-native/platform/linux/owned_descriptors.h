// The descriptors that a child of this process closes, see platform/fork.h. `register_handle` adds to them.
#pragma once

namespace ringwire {

// Call it before `close`: another thread can get the number as soon as the descriptor is closed.
void unregister_descriptor(int file);

} // namespace ringwire
