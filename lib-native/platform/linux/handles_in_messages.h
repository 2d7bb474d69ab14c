// The descriptors in a message over a unix socket.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "platform/linux/owned_descriptors.h"

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

// As recvmsg, but never waits.
inline ssize_t receive_message(int file, msghdr& header, int flags) {
	ssize_t received = 0;
	do {
		received = recvmsg(file, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags);
		// A peer that closes with unread messages of ours resets the connection: reported once, before what it sent last.
	} while (received < 0 && (errno == EINTR || errno == ECONNRESET));
	return received;
}

// The control entry after this one, or null. The macro of musl compares a signed with an unsigned number.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
inline cmsghdr* next_entry(msghdr& header, cmsghdr* entry) {
	return CMSG_NXTHDR(&header, entry);
}
#pragma GCC diagnostic pop

// As `receive_message`, and the handles that come with the message are registered.
inline ssize_t receive_registered(int file, msghdr& header, int flags) {
	const ForkBarrier barrier;
	const ssize_t received = receive_message(file, header, flags);
	if (received >= 0) {
		for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = next_entry(header, entry)) {
			for_each_handle(*entry, [](int received_file) { register_handle(received_file); });
		}
	}
	return received;
}

} // namespace ringwire
