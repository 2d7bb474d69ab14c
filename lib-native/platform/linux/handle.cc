// Handles as file descriptors.
#include "platform/handle.h"

#include <unistd.h>

namespace ringwire {

void close_handle(OsHandle handle) {
	::close(static_cast<int>(handle));
}

} // namespace ringwire
