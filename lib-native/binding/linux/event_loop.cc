// Which event loop an environment has.
#include "binding/event_loop.h"

#include <dlfcn.h>

#include "binding/linux/loops.h"

namespace ringwire {

namespace {

// A host is asked for a function that only Node has, and not for libuv: Bun and Deno have functions of libuv's names, which do not work. Node's
// C++ functions are visible in each of its binaries, also in Electron and in a single executable. A host that is not recognized
// has the loop that works everywhere.
bool is_node() {
	static const bool found = dlsym(RTLD_DEFAULT, "_ZN4node5StartEiPPc") != nullptr; // node::Start(int, char**)
	return found;
}

} // namespace

std::unique_ptr<EventLoop> open_event_loop(napi_env env, EventLoop::Owner& owner) {
	return is_node() ? open_libuv_loop(env, owner) : open_thread_loop(env, owner);
}

} // namespace ringwire
