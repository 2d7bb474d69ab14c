// Links as unix sockets of type SEQPACKET.
#include "platform/link_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/step.h"
#include "platform/linux/failure.h"
#include "platform/linux/handles_in_messages.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 // Linux 6.16
#endif

namespace ringwire {

namespace {

constexpr int kType = SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC;

// False: the path does not fit into the address of a unix socket.
bool address_of(const std::string& path, sockaddr_un& address) {
	address = {};
	address.sun_family = AF_UNIX;
	if (path.size() >= sizeof(address.sun_path)) {
		return false;
	}
	std::copy(path.begin(), path.end(), address.sun_path);
	return true;
}

Status too_long(const std::string& path) {
	return Status::failure(Code::kLimit, "the path '" + path + "' has " + std::to_string(path.size()) +
	                                         " bytes; a unix socket's may have at most " +
	                                         std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
	                                         ": choose a shorter RINGWIRE_DIR or channel name");
}

// Not by its path alone: in a folder that others can write to, that may be a symbolic link to something else meanwhile.
bool open_to_group(const std::string& path) {
	const HandleOwner owner(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
	struct stat facts {};
	return owner.held() && fstat(static_cast<int>(owner.get()), &facts) == 0 && S_ISSOCK(facts.st_mode) &&
	       chmod(("/proc/self/fd/" + std::to_string(owner.get())).c_str(), 0660) == 0;
}

void take_handles(msghdr& header, ReceivedHandle& shared, bool& truncated) {
	for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = CMSG_NXTHDR(&header, entry)) {
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

LinkSocket::Connected LinkSocket::connect(const std::string& path, Status& status) {
	sockaddr_un address;
	if (!address_of(path, address)) {
		status = too_long(path);
		return Connected::kFailed;
	}
	adopt(open_registered([] { return socket(AF_UNIX, kType, 0); }));
	if (!handle_.held()) {
		status = system_failure("socket", "could not make a link");
		return Connected::kFailed;
	}
	if (::connect(static_cast<int>(handle_.get()), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
		return Connected::kYes;
	}
	switch (errno) {
	case ECONNREFUSED:
	case ENOENT:
	case EPROTOTYPE: // a socket of another kind: not one of ours
		close();
		return Connected::kRefused;
	case EAGAIN:
		close();
		return Connected::kBusy;
	default:
		status = system_failure("connect", "could not connect to '" + path + "'");
		close();
		return Connected::kFailed;
	}
}

LinkSocket::Sent LinkSocket::send(const void* message, size_t length, Status& status, OsHandle share) {
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

void LinkSocket::refuse_handles() {
	refuses_handles_ = true;
	const int no = 0;
	(void)setsockopt(static_cast<int>(handle_.get()), SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no);
}

LinkSocket::Received LinkSocket::receive(void* message, size_t room, size_t& length, ReceivedHandle& shared,
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
	return received == 0 ? Received::kGone : Received::kMessage; // nobody honest sends an empty message
}

bool LinkSocket::peer_has_closed() const {
	pollfd self{static_cast<int>(handle_.get()), 0, 0}; // hang-up comes uninvited
	return poll(&self, 1, 0) > 0 && (self.revents & POLLHUP) != 0;
}

bool LinkSocket::is_one(OsHandle handle) {
	const int file = static_cast<int>(handle);
	int type = 0;
	socklen_t length = sizeof type;
	sockaddr_un address;
	socklen_t address_length = sizeof address;
	// A socket without a peer listens, or is not connected yet.
	return getsockopt(file, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET &&
	       getsockopt(file, SOL_SOCKET, SO_DOMAIN, &type, &length) == 0 && type == AF_UNIX &&
	       getpeername(file, reinterpret_cast<sockaddr*>(&address), &address_length) == 0;
}

Credentials LinkSocket::credentials() const {
	ucred peer{};
	socklen_t length = sizeof peer;
	if (getsockopt(static_cast<int>(handle_.get()), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
		return {0, ~uint32_t{0}}; // nobody's
	}
	return {static_cast<uint32_t>(peer.pid), peer.uid};
}

bool LinkSocket::peer_in_group(uint32_t group) const {
	const int file = static_cast<int>(handle_.get());
	ucred peer{};
	socklen_t length = sizeof peer;
	if (getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.gid == group) {
		return true;
	}
	std::array<gid_t, 1024> groups{};
	length = sizeof groups;
	if (getsockopt(file, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) != 0) {
		return false; // of more than 1024 groups too
	}
	const auto* end = groups.data() + length / sizeof(gid_t);
	return std::find(static_cast<const gid_t*>(groups.data()), end, group) != end;
}

Status make_link_pair(OsHandle& near, OsHandle& far) {
	std::array<int, 2> files{};
	const int failed = [&files] {
		const ForkBarrier barrier;
		const int result = socketpair(AF_UNIX, kType, 0, files.data());
		if (result == 0) {
			register_handle(files[0]);
			register_handle(files[1]);
		}
		return result;
	}();
	if (failed != 0) {
		return system_failure("socketpair", "could not make a pair of links");
	}
	near = files[0];
	far = files[1];
	return {};
}

Status ListenSocket::open(const std::string& path, int backlog, bool to_group) {
	sockaddr_un address;
	if (!address_of(path, address)) {
		return too_long(path);
	}
	handle_.adopt(open_registered([] { return socket(AF_UNIX, kType, 0); }));
	const int file = static_cast<int>(handle_.get());
	if (file < 0) {
		return system_failure("socket", "could not make an endpoint");
	}
	if (bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
		return system_failure("bind", "could not make the endpoint '" + path + "'");
	}
	RINGWIRE_STEP("appear: bound");
	if (to_group && !open_to_group(path)) {
		return system_failure("chmod", "could not open '" + path + "' to the group");
	}
	if (listen(file, backlog) != 0) {
		return system_failure("listen", "could not listen at '" + path + "'");
	}
	return {};
}

ListenSocket::Accepted ListenSocket::accept(OsHandle& handle) {
	const int own = static_cast<int>(handle_.get());
	int file = -1;
	do {
		file = open_registered([own] { return accept4(own, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
	} while (file < 0 && (errno == EINTR || errno == ECONNABORTED));
	handle = file;
	if (file >= 0) {
		return Accepted::kYes;
	}
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS ? Accepted::kLimit
	                                                                                 : Accepted::kNothing;
}

} // namespace ringwire
