// An operating system's handle to a kernel object: a file descriptor, or a HANDLE on Windows.
#pragma once

#include <cstdint>

namespace ringwire {

using OsHandle = intptr_t;
inline constexpr OsHandle kNoHandle = -1;

void close_handle(OsHandle handle);
// Closes a handle that a peer has sent, or a socket that a peer can send to. Never blocks on unsent data of a socket, nor on handles in a
// socket's queue. The socket is shut down for its other holders too.
void discard_handle(OsHandle handle);

// Closes what it holds. Neither copies nor moves; `adopt` and `release` hand over.
template <void (*kClose)(OsHandle)>
class BasicHandleOwner {
public:
	BasicHandleOwner() = default;
	explicit BasicHandleOwner(OsHandle handle) : handle_(handle) {}
	BasicHandleOwner(const BasicHandleOwner&) = delete;
	BasicHandleOwner& operator=(const BasicHandleOwner&) = delete;
	~BasicHandleOwner() { adopt(kNoHandle); }

	[[nodiscard]] OsHandle get() const { return handle_; }
	[[nodiscard]] bool held() const { return handle_ != kNoHandle; }
	void adopt(OsHandle handle) {
		if (handle_ != kNoHandle) {
			kClose(handle_);
		}
		handle_ = handle;
	}
	[[nodiscard]] OsHandle release() {
		const OsHandle handle = handle_;
		handle_ = kNoHandle;
		return handle;
	}

private:
	OsHandle handle_ = kNoHandle;
};

// For objects that this process has made.
using HandleOwner = BasicHandleOwner<close_handle>;
// For objects that a peer has sent, and for sockets that a peer can send to.
using ReceivedHandle = BasicHandleOwner<discard_handle>;

} // namespace ringwire
