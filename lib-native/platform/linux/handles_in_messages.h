// The descriptors in a message over a unix socket.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstring>

namespace ringwire {

// As many as one message can carry (SCM_MAX_FD of the kernel). With less room the kernel would close the rest itself.
inline constexpr size_t kHandlesMax = 253;
inline constexpr size_t kControlBytesMax = CMSG_SPACE(kHandlesMax * sizeof(int)) + CMSG_SPACE(sizeof(ucred));

template <typename Function>
void for_each_handle(const cmsghdr& entry, const Function& function) {
	if (entry.cmsg_level != SOL_SOCKET || entry.cmsg_type != SCM_RIGHTS) {
		return;
	}
	const size_t count = (entry.cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < count; ++i) {
		int file = -1;
		std::memcpy(&file, CMSG_DATA(&entry) + i * sizeof(int), sizeof(int));
		function(file);
	}
}

} // namespace ringwire
