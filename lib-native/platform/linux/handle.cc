// Handles as file descriptors.
//
// A descriptor that a peer has sent can stand for anything, and the last close of some things waits: of a TCP socket with SO_LINGER and
// unsent data for as long as the peer likes. The kernel closes in the same way what is still in the queue of a socket that is closed. So such
// a socket is emptied first, each descriptor in it is closed with lingering turned off, and so on for sockets in the queues of sockets. What
// remains: a descriptor of a file system whose server answers late (FUSE, NFS), and descriptors that the kernel drops because this process
// has none free. Where the kernel has SO_PASSRIGHTS, LinkSocket::refuse_handles keeps all of it out once a link needs no more handles.
#include "platform/handle.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/linux/handles_in_messages.h"

namespace ringwire {

namespace {

// Sockets can travel in the queues of sockets, but not deeper than this (MAX_RECURSION_LEVEL of the kernel).
constexpr int kNestingMax = 4;
// More than any queue holds, so that a peer which goes on filling one does not keep us here.
constexpr int kEntriesMax = 16384;

void discard(int file, int nesting);

// False: the queue is empty. A message of no bytes is told from the end by the sender's credentials, which come with every message.
bool discard_message(int file, int nesting) {
	char byte = 0;
	iovec part{&byte, sizeof byte};
	alignas(cmsghdr) std::array<char, kControlBytesMax> control; // filled by the kernel
	msghdr header{};
	header.msg_iov = &part;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	ssize_t received = 0;
	do {
		received = recvmsg(file, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (received < 0 && (errno == EINTR || errno == ECONNRESET));
	if (received < 0) {
		return false;
	}
	bool is_message = received > 0;
	for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = CMSG_NXTHDR(&header, entry)) {
		is_message = true;
		for_each_handle(*entry, [nesting](int received_file) { discard(received_file, nesting - 1); });
	}
	return is_message;
}

void discard_connections(int listener, int nesting) {
	(void)fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < kEntriesMax; ++i) {
		const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (connection >= 0) {
			discard(connection, nesting);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

void empty_unix_socket(int file, int nesting) {
	// From here on nobody can send to it or connect to it.
	(void)shutdown(file, SHUT_RDWR);
	int listens = 0;
	socklen_t length = sizeof listens;
	if (getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0) {
		discard_connections(file, nesting);
		return;
	}
	const int yes = 1;
	(void)setsockopt(file, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
	for (int i = 0; i < kEntriesMax && discard_message(file, nesting); ++i) {
	}
}

void discard(int file, int nesting) {
	const linger off{};
	int domain = 0;
	socklen_t length = sizeof domain;
	const bool is_socket = setsockopt(file, SOL_SOCKET, SO_LINGER, &off, sizeof off) == 0;
	if (is_socket && nesting > 0 && getsockopt(file, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
	    domain == AF_UNIX) {
		empty_unix_socket(file, nesting);
	}
	::close(file);
}

} // namespace

void close_handle(OsHandle handle) {
	::close(static_cast<int>(handle));
}

void discard_handle(OsHandle handle) {
	discard(static_cast<int>(handle), kNestingMax + 1);
}

} // namespace ringwire
