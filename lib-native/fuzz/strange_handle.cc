#include "fuzz/strange_handle.h"

#include <array>
#include <cstdlib>
#include <iterator>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz/target.h"

using ringwire::HandleOwner;

namespace fuzz {

namespace {

constexpr int kAllSeals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

int null_device() {
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int folder() {
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int terminal() {
	return posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int pipe_end() {
	int ends[2];
	HOLDS(pipe2(ends, O_CLOEXEC) == 0);
	const HandleOwner other(ends[1]);
	return ends[0];
}

int epoll_set() {
	const int set = epoll_create1(EPOLL_CLOEXEC);
	epoll_event any{};
	any.events = EPOLLIN;
	const HandleOwner member(eventfd(1, EFD_CLOEXEC));
	HOLDS(epoll_ctl(set, EPOLL_CTL_ADD, static_cast<int>(member.get()), &any) == 0);
	return set;
}

int event_counter() {
	return eventfd(1, EFD_CLOEXEC);
}

int own_process() {
	return static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
}

// With an unread message in its queue.
int unix_socket() {
	int ends[2];
	HOLDS(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	const HandleOwner other(ends[1]);
	HOLDS(send(ends[1], "late", 4, MSG_NOSIGNAL) == 4);
	return ends[0];
}

// With data that its peer does not read. Its last close would block for ten minutes.
int lingering_socket() {
	const HandleOwner listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	const int listening = static_cast<int>(listener.get());
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t length = sizeof address;
	auto* generic = reinterpret_cast<sockaddr*>(&address);
	const int small = 1;
	HOLDS(setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
	HOLDS(bind(listening, generic, sizeof address) == 0 && listen(listening, 1) == 0);
	HOLDS(getsockname(listening, generic, &length) == 0);
	const int own = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	HOLDS(setsockopt(own, SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
	HOLDS(connect(own, generic, sizeof address) == 0);
	const std::array<char, 4096> data{};
	while (send(own, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
	}
	const linger slow{1, 600};
	HOLDS(setsockopt(own, SOL_SOCKET, SO_LINGER, &slow, sizeof slow) == 0);
	return own;
}

int memory(off_t bytes, bool allocated, int seals) {
	const int file = memfd_create("strange", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	HOLDS(ftruncate(file, bytes) == 0);
	if (allocated) {
		HOLDS(fallocate(file, 0, 0, bytes) == 0);
	}
	HOLDS(fcntl(file, F_ADD_SEALS, seals) == 0);
	return file;
}

int sparse_memory() {
	return memory(off_t{1} << 30, false, kAllSeals);
}

int huge_memory() {
	return memory(off_t{1} << 40, false, kAllSeals);
}

int unsealed_memory() {
	return memory(1 << 16, true, 0);
}

int empty_memory() {
	return memory(0, false, kAllSeals);
}

struct Kind {
	const char* name;
	int (*open)();
};

constexpr Kind kKinds[] = {
	{"strange handle: null device", null_device},
	{"strange handle: folder", folder},
	{"strange handle: terminal", terminal},
	{"strange handle: pipe", pipe_end},
	{"strange handle: epoll set", epoll_set},
	{"strange handle: event counter", event_counter},
	{"strange handle: process", own_process},
	{"strange handle: unix socket", unix_socket},
	{"strange handle: sparse memory", sparse_memory},
	{"strange handle: lingering socket", lingering_socket},
	{"strange handle: huge memory", huge_memory},
	{"strange handle: empty memory", empty_memory},
	{"strange handle: unsealed memory", unsealed_memory},
};

int open_any(Choices& choices) {
	const Kind& kind = kKinds[choices.below(std::size(kKinds))];
	tried(kind.name);
	return kind.open();
}

} // namespace

StrangeHandle::StrangeHandle(Choices& choices) : handle_(open_any(choices)) {
	HOLDS(handle_.held());
}

} // namespace fuzz
