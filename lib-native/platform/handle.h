// An operating system's handle to a kernel object: a file descriptor, or a HANDLE on Windows.
#pragma once

#include <cstdint>

namespace ringwire {

using OsHandle = intptr_t;
inline constexpr OsHandle kNoHandle = -1;

void close_handle(OsHandle handle);

// Closes what it holds. Neither copies nor moves; `adopt` and `release` hand over.
class HandleOwner {
public:
	HandleOwner() = default;
	explicit HandleOwner(OsHandle handle) : handle_(handle) {}
	HandleOwner(const HandleOwner&) = delete;
	HandleOwner& operator=(const HandleOwner&) = delete;
	~HandleOwner() { adopt(kNoHandle); }

	[[nodiscard]] OsHandle get() const { return handle_; }
	[[nodiscard]] bool held() const { return handle_ != kNoHandle; }
	void adopt(OsHandle handle) {
		if (handle_ != kNoHandle) {
			close_handle(handle_);
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

} // namespace ringwire
