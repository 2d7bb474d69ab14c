// The descriptor of a wait set. Linux has one that can be polled, and other systems do not, so only code that is for Linux alone may use it: the
// implementation of the platform and of the binding's loop, and tests.
#pragma once

#include "platform/wait_set.h"

namespace ringwire {

struct WaitSetHandle {
	[[nodiscard]] static OsHandle of(const WaitSet& set) { return set.set_.get(); }
};

// Readable whenever `collect` would return a token.
[[nodiscard]] inline int pollable(const WaitSet& set) {
	return static_cast<int>(WaitSetHandle::of(set));
}

} // namespace ringwire
