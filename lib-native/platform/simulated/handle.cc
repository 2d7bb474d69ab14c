// A handle is an index into the handle table of its process.
#include "platform/handle.h"

#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::kernel;
using simulated::scheduler;

void close_handle(OsHandle handle) {
	scheduler().point("close", 1, static_cast<uint64_t>(handle));
	kernel().close(handle);
}

void discard_handle(OsHandle handle) {
	scheduler().point("discard", 2, static_cast<uint64_t>(handle));
	auto* link = kernel().get<simulated::LinkObject>(handle, simulated::Object::Kind::kLink);
	if (link != nullptr && link->references > 1 && link->peer != nullptr) {
		// Shut down for its other holders too.
		simulated::LinkObject& peer = *link->peer;
		peer.peer = nullptr;
		link->peer = nullptr;
		kernel().notify(peer);
		kernel().notify(*link);
	}
	kernel().close(handle);
}

} // namespace ringwire
