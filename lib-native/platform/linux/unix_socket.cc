#include "platform/linux/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/step.h"
#include "platform/linux/failure.h"
#include "platform/linux/owned_descriptors.h"

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
bool open_socket_to_group(const std::string& path) {
	const HandleOwner owner(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
	struct stat facts {};
	return owner.held() && fstat(static_cast<int>(owner.get()), &facts) == 0 && S_ISSOCK(facts.st_mode) &&
	       chmod(("/proc/self/fd/" + std::to_string(owner.get())).c_str(), 0660) == 0;
}

} // namespace

Connected connect_socket(const std::string& path, LinkEnd& end, Status& status) {
	sockaddr_un address;
	if (!address_of(path, address)) {
		status = too_long(path);
		return Connected::kFailed;
	}
	end.adopt(open_registered([] { return socket(AF_UNIX, kType, 0); }));
	if (!end.open()) {
		status = system_failure("socket", "could not make a link");
		return Connected::kFailed;
	}
	if (::connect(static_cast<int>(end.handle()), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
		return Connected::kYes;
	}
	switch (errno) {
	case ECONNREFUSED:
	case ENOENT:
	case EPROTOTYPE: // a socket of another kind: not one of ours
		end.close();
		return Connected::kRefused;
	case EAGAIN:
		end.close();
		return Connected::kBusy;
	default:
		status = system_failure("connect", "could not connect to '" + path + "'");
		end.close();
		return Connected::kFailed;
	}
}

bool peer_in_group(const LinkEnd& end, uint32_t group) {
	const int file = static_cast<int>(end.handle());
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
	const auto* last = groups.data() + length / sizeof(gid_t);
	return std::find(static_cast<const gid_t*>(groups.data()), last, group) != last;
}

bool is_link_socket(OsHandle handle) {
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
	if (to_group && !open_socket_to_group(path)) {
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
