// A handle of this process to an object of the kernel. Only the platform knows what the number means.
#pragma once

#include <cstdint>

#include "platform/fork.h"

namespace ringwire {

using OsHandle = intptr_t;
inline constexpr OsHandle kNoHandle = -1;

void close_handle(OsHandle handle);
// Closes a handle that a peer has sent, or that of an object which a peer can send to. Does not block, whatever the peer has sent. A link is
// shut down for its other holders too.
void discard_handle(OsHandle handle);

// From now on a child of this process closes its copy of the handle, until `close_handle` or `discard_handle` is called for it.
void register_handle(OsHandle handle);

// Closes the handle that it holds. Neither copies nor moves; `adopt` and `release` hand over. In a child of the process that adopted the
// handle it holds nothing: the number may belong to another object there.
template <void (*kClose)(OsHandle)>
class BasicHandleOwner {
public:
	BasicHandleOwner() = default;
	explicit BasicHandleOwner(OsHandle handle) { adopt(handle); }
	BasicHandleOwner(const BasicHandleOwner&) = delete;
	BasicHandleOwner& operator=(const BasicHandleOwner&) = delete;
	~BasicHandleOwner() { adopt(kNoHandle); }

	[[nodiscard]] OsHandle get() const { return adopter_.is_of_this_process() ? handle_ : kNoHandle; }
	[[nodiscard]] bool held() const { return get() != kNoHandle; }
	void adopt(OsHandle handle) {
		if (held()) {
			kClose(handle_);
		}
		handle_ = handle;
		adopter_ = ProcessMark();
		if (handle != kNoHandle) {
			register_handle(handle);
		}
	}
	// The handle stays registered: its next owner adopts, closes or discards it.
	[[nodiscard]] OsHandle release() {
		const OsHandle handle = get();
		handle_ = kNoHandle;
		return handle;
	}

private:
	OsHandle handle_ = kNoHandle;
	ProcessMark adopter_;
};

// For objects that this process has made.
using HandleOwner = BasicHandleOwner<close_handle>;
// For objects that a peer has sent, and for those that a peer can send to.
using ReceivedHandle = BasicHandleOwner<discard_handle>;

} // namespace ringwire
