// One end of a link between two processes. A link is ordered and bounded and keeps the boundaries of messages. A message can carry a handle.
// A message wakes the peer's wait set. The kernel reports the end of the peer, however it ended, after everything that the peer has sent.
//
// Ends come from a meeting place (platform/meeting_place.h) or from an introduction (platform/introduction.h). Nothing here waits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "platform/handle.h"

namespace ringwire {

// The process at the other end, as the kernel reports it. `process` is 0 if the system does not show it to this process.
struct Credentials {
	uint32_t process = 0;
	uint32_t user = 0;
};

[[nodiscard]] uint32_t own_user();

class LinkEnd {
public:
	// kFull: the peer has not taken what was sent before. kBusy: the kernel is short of memory, or of handles on their way.
	// kFailed: for a reason that does not pass, see the status.
	enum class Sent { kYes, kFull, kBusy, kGone, kFailed };
	enum class Received { kMessage, kNothing, kGone };

	LinkEnd() = default;
	explicit LinkEnd(OsHandle handle) : handle_(handle) {}

	// `share`: a handle that the peer gets its own copy of.
	[[nodiscard]] Sent send(const void* message, size_t length, Status& status, OsHandle share = kNoHandle);
	// For a message whose loss the peer notices by other means.
	[[nodiscard]] Sent send(const void* message, size_t length, OsHandle share = kNoHandle) {
		Status ignored;
		return send(message, length, ignored, share);
	}
	// From now on the kernel refuses to take handles for this end, where it can do that. Those that are on their way still arrive.
	void refuse_handles();
	// Takes the next message; `length` is its true length, which may exceed `room`. A handle that came with it is the
	// caller's. `truncated`: handles came that this process could not take.
	[[nodiscard]] Received receive(void* message, size_t room, size_t& length, ReceivedHandle& shared, bool& truncated);
	// Earlier messages may still be there to be received.
	[[nodiscard]] bool peer_has_closed() const;
	// Of an end that was introduced these are of the process that offered the introduction.
	[[nodiscard]] Credentials credentials() const;

	[[nodiscard]] bool open() const { return handle_.held(); }
	// The handle of the end, for the platform's implementation and its tests.
	[[nodiscard]] OsHandle handle() const { return handle_.get(); }
	void adopt(OsHandle handle) {
		handle_.adopt(handle);
		refuses_handles_ = false;
	}
	// Takes over the link of the other end object, which holds none then.
	void adopt(LinkEnd& other) {
		handle_.adopt(other.handle_.release());
		refuses_handles_ = other.refuses_handles_;
	}
	void close() { adopt(kNoHandle); }

private:
	ReceivedHandle handle_;
	bool refuses_handles_ = false;
};

} // namespace ringwire
