// The kernel object of a link: a connected local socket that keeps message boundaries, can carry a handle, wakes the
// peer's wait set, and reads end-of-file when the peer is gone, however it went.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/status.h"
#include "platform/handle.h"

namespace ringwire {

// The process at the other end, as the kernel reports it. `process` is 0 when our pid namespace cannot see it.
struct Credentials {
	uint32_t process = 0;
	uint32_t user = 0;
};

[[nodiscard]] uint32_t own_user();

class LinkSocket {
public:
	enum class Connected { kYes, kRefused, kBusy, kFailed };
	// kFull: the peer has not taken what was sent before. kBusy: the kernel is short of memory, or of handles on their way.
	// kFailed: for a reason that does not pass, see the status.
	enum class Sent { kYes, kFull, kBusy, kGone, kFailed };
	enum class Received { kMessage, kNothing, kGone };

	LinkSocket() = default;
	explicit LinkSocket(OsHandle handle) : handle_(handle) {}

	// Never waits. kRefused: nobody listens there any more. kBusy: it cannot take a connection now. kFailed: see status.
	[[nodiscard]] Connected connect(const std::string& path, Status& status);
	// Never waits. `share`: a handle that the peer gets its own copy of.
	[[nodiscard]] Sent send(const void* message, size_t length, Status& status, OsHandle share = kNoHandle);
	// For a message whose loss the peer notices by other means.
	[[nodiscard]] Sent send(const void* message, size_t length, OsHandle share = kNoHandle) {
		Status ignored;
		return send(message, length, ignored, share);
	}
	// From now on the kernel refuses to take handles for us, where it can do that. Those that are on their way still arrive.
	void refuse_handles();
	// Takes the next message; `length` is its true length, which may exceed `room`. A handle that came with it is the
	// caller's; `truncated` says that handles came which we could not take.
	[[nodiscard]] Received receive(void* message, size_t room, size_t& length, ReceivedHandle& shared, bool& truncated);
	// Earlier messages may still be there to be received.
	[[nodiscard]] bool peer_has_closed() const;
	[[nodiscard]] Credentials credentials() const;
	// Whether the process at the other end is a member of the group.
	[[nodiscard]] bool peer_in_group(uint32_t group) const;
	[[nodiscard]] OsHandle handle() const { return handle_.get(); }
	[[nodiscard]] bool open() const { return handle_.held(); }
	// Whether a handle that came from a peer is a connected socket of the kind that links are made of, not a file or whatever.
	[[nodiscard]] static bool is_one(OsHandle handle);
	// Takes over a connection that was accepted.
	void adopt(OsHandle handle) {
		handle_.adopt(handle);
		refuses_handles_ = false;
	}
	void close() { adopt(kNoHandle); }

private:
	ReceivedHandle handle_;
	bool refuses_handles_ = false;
};

// Two sockets that are connected with each other, both the caller's.
[[nodiscard]] Status make_link_pair(OsHandle& near, OsHandle& far);

class ListenSocket {
public:
	enum class Accepted { kYes, kNothing, kLimit };

	// `open_to_group`: members of the folder's group may connect too.
	[[nodiscard]] Status open(const std::string& path, int backlog, bool open_to_group = false);
	// Never waits. `handle` is the caller's. kLimit: out of descriptors; the connection goes on waiting.
	[[nodiscard]] Accepted accept(OsHandle& handle);
	[[nodiscard]] OsHandle handle() const { return handle_.get(); }
	void close() { handle_.adopt(kNoHandle); }

private:
	ReceivedHandle handle_;
};

} // namespace ringwire
