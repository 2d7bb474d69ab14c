// Runs a function while one system call fails as if the kernel had failed it.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <thread>

#include "test/law.h"

namespace ringwire {

// In another thread, because a filter of system calls cannot be removed.
template <typename Function>
void with_filtered_call(unsigned call, unsigned action, const Function& function) {
	std::thread([&] {
		sock_filter filter[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, action),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
		function();
	}).join();
}

template <typename Function>
void with_failing_call(unsigned call, unsigned error, const Function& function) {
	with_filtered_call(call, SECCOMP_RET_ERRNO | error, function);
}

// `on_call` runs before each of these calls, on this thread, and returns the errno of its failure, or 0 to let it through.
template <typename OnCall, typename Function>
void with_watched_call(unsigned call, const OnCall& on_call, const Function& function) {
	std::atomic<int> listener{-2};
	std::thread caller([&] {
		sock_filter filter[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		listener =
			static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
		function();
	});
	while (listener == -2) {
		std::this_thread::yield();
	}
	CHECK(listener >= 0);
	for (pollfd next{listener, POLLIN, 0}; poll(&next, 1, -1) > 0 && (next.revents & POLLIN) != 0;) {
		seccomp_notif request{};
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) {
			continue;
		}
		seccomp_notif_resp answer{};
		answer.id = request.id;
		answer.error = -on_call();
		answer.flags = answer.error == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
		(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	caller.join();
	close(listener);
}

// The first `count` of these calls fail with EINTR. Later ones are let through.
template <typename Function>
void with_interrupted_call(unsigned call, int count, const Function& function) {
	with_watched_call(
		call, [&count] { return count-- > 0 ? EINTR : 0; }, function);
	CHECK(count <= 0);
}

// Every send fails because the queue is full.
template <typename Function>
void in_full_kernel(const Function& function) {
	with_failing_call(SYS_sendmsg, ENOBUFS, function);
}

} // namespace ringwire
