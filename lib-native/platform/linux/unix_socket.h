// Unix sockets of type SEQPACKET: the two ends of a link, and listeners with a path.
#pragma once

#include <cstdint>
#include <string>

#include "core/status.h"
#include "platform/handle.h"
#include "platform/link_end.h"

namespace ringwire {

enum class Connected : uint8_t { kYes, kRefused, kBusy, kFailed };

// Never waits. kRefused: no process listens there any more. kBusy: its backlog is full. kFailed: see status.
[[nodiscard]] Connected connect_socket(const std::string& path, LinkEnd& end, Status& status);
// Whether the process at the other end is a member of the group.
[[nodiscard]] bool peer_in_group(const LinkEnd& end, uint32_t group);
// Whether a descriptor that came from a peer is a connected socket of this type.
[[nodiscard]] bool is_link_socket(OsHandle handle);
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
