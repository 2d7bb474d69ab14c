// Links as connected unix sockets of type SEQPACKET.
#include "platform/link_end.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/linux/failure.h"
#include "platform/linux/handles_in_messages.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 // Linux 6.16
#endif

namespace ringwire {

namespace {

void take_handles(msghdr& header, ReceivedHandle& shared, bool& truncated) {
	for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = next_entry(header, entry)) {
		for_each_handle(*entry, [&](int file) {
			if (shared.held()) {
				discard_handle(file); // one is all that any message has
				truncated = true;
			} else {
				shared.adopt(file);
			}
		});
	}
	truncated = truncated || (header.msg_flags & MSG_CTRUNC) != 0;
}

} // namespace

uint32_t own_user() {
	return geteuid();
}

LinkEnd::Sent LinkEnd::send(const void* message, size_t length, Status& status, OsHandle share) {
	iovec part{const_cast<void*>(message), length};
	msghdr header{};
	header.msg_iov = &part;
	header.msg_iovlen = 1;
	alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
	if (share != kNoHandle) {
		const int file = static_cast<int>(share);
		header.msg_control = control.data();
		header.msg_controllen = control.size();
		cmsghdr* rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		std::memcpy(CMSG_DATA(rights), &file, sizeof(int));
	}
	ssize_t sent = 0;
	do {
		sent = sendmsg(static_cast<int>(handle_.get()), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		return Sent::kYes;
	}
	switch (errno) {
	case EAGAIN:
		return Sent::kFull;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		return Sent::kBusy;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
	case ECONNREFUSED:
		return Sent::kGone;
	default:
		status = system_failure("sendmsg", "could not send to the peer");
		return Sent::kFailed;
	}
}

void LinkEnd::refuse_handles() {
	refuses_handles_ = true;
	const int no = 0;
	(void)setsockopt(static_cast<int>(handle_.get()), SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no);
}

LinkEnd::Received LinkEnd::receive(void* message, size_t room, size_t& length, ReceivedHandle& shared,
                                   bool& truncated) {
	iovec part{message, room};
	msghdr header{};
	header.msg_iov = &part;
	header.msg_iovlen = 1;
	alignas(cmsghdr) std::array<char, kControlBytesMax> control; // filled by the kernel
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	const int file = static_cast<int>(handle_.get());
	// Of a link that needs no more handles the messages are rings, which are too many for a barrier.
	const ssize_t received =
		refuses_handles_ ? receive_message(file, header, MSG_TRUNC) : receive_registered(file, header, MSG_TRUNC);
	if (received < 0) {
		return errno == EAGAIN ? Received::kNothing : Received::kGone;
	}
	truncated = false;
	take_handles(header, shared, truncated);
	length = static_cast<size_t>(received);
	return received == 0 ? Received::kGone : Received::kMessage; // no honest peer sends an empty message
}

bool LinkEnd::peer_has_closed() const {
	pollfd self{static_cast<int>(handle_.get()), 0, 0}; // hang-up comes uninvited
	return poll(&self, 1, 0) > 0 && (self.revents & POLLHUP) != 0;
}

Credentials LinkEnd::credentials() const {
	ucred peer{};
	socklen_t length = sizeof peer;
	if (getsockopt(static_cast<int>(handle_.get()), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
		return {0, ~uint32_t{0}}; // of no user
	}
	return {static_cast<uint32_t>(peer.pid), peer.uid};
}

} // namespace ringwire
