// Handles as file descriptors.
//
// The last close of a descriptor can block: a TCP socket with SO_LINGER and unsent data blocks for the linger time, which its sender
// chooses. The kernel closes the descriptors in a socket's queue in the same way when that socket is closed. So `discard` turns
// lingering off and empties the queue of a unix socket first, at any depth. Two cases remain: a file of a file system with a slow server
// (FUSE, NFS), and descriptors that the kernel drops because this process has none free. LinkEnd::refuse_handles keeps both out once
// a link needs no more handles, where the kernel has SO_PASSRIGHTS.
#include "platform/handle.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/linux/handles_in_messages.h"
#include "platform/linux/owned_descriptors.h"

namespace ringwire {

namespace {

// Sockets can travel in the queues of sockets, but not deeper than this (MAX_RECURSION_LEVEL of the kernel).
constexpr int kNestingMax = 4;
// More than any queue holds: a bound for a peer that goes on filling one.
constexpr int kEntriesMax = 16384;

void discard(int file, int nesting);

// False: the queue is empty. The sender's credentials, which come with every message, distinguish an empty message from end-of-file.
bool discard_message(int file, int nesting) {
	char byte = 0;
	iovec part{&byte, sizeof byte};
	alignas(cmsghdr) std::array<char, kControlBytesMax> control; // filled by the kernel
	msghdr header{};
	header.msg_iov = &part;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	const ssize_t received = receive_registered(file, header, 0);
	if (received < 0) {
		return false;
	}
	bool is_message = received > 0;
	for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = next_entry(header, entry)) {
		is_message = true;
		for_each_handle(*entry, [nesting](int received_file) { discard(received_file, nesting - 1); });
	}
	return is_message;
}

void discard_connections(int listener, int nesting) {
	(void)fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < kEntriesMax; ++i) {
		const int connection =
			open_registered([&] { return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
		if (connection >= 0) {
			discard(connection, nesting);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

void empty_unix_socket(int file, int nesting) {
	// Prevents further messages and connections.
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
	close_registered(file);
}

} // namespace

void close_handle(OsHandle handle) {
	close_registered(static_cast<int>(handle));
}

void discard_handle(OsHandle handle) {
	discard(static_cast<int>(handle), kNestingMax + 1);
}

} // namespace ringwire
