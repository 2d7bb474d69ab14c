// A wait set as an epoll instance.
#include "platform/wait_set.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "platform/linux/epoll.h"
#include "platform/linux/failure.h"
#include "platform/linux/owned_descriptors.h"

namespace ringwire {

Status WaitSet::open() {
	set_.adopt(open_registered([] { return epoll_create1(EPOLL_CLOEXEC); }));
	if (!set_.held()) {
		return system_failure("epoll_create1", "could not make a wait set");
	}
	// Now, because what waits for an alarm later waits for a descriptor to become free, among other things.
	alarm_.adopt(open_registered([] { return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); }));
	if (!alarm_.held()) {
		return system_failure("timerfd_create", "could not make an alarm");
	}
	return watch_handle(alarm_.get(), this) ? Status{} : system_failure("epoll_ctl", "could not watch an alarm");
}

bool WaitSet::watch_handle(OsHandle handle, void* token) {
	return epoll_watch(set_.get(), handle, token);
}

void WaitSet::unwatch_handle(OsHandle handle) {
	epoll_unwatch(set_.get(), handle);
}

void WaitSet::set_alarm(uint64_t at_nanos) {
	itimerspec when{};
	when.it_value.tv_sec = static_cast<time_t>(at_nanos / 1'000'000'000);
	when.it_value.tv_nsec = static_cast<long>(at_nanos % 1'000'000'000);
	timerfd_settime(static_cast<int>(alarm_.get()), TFD_TIMER_ABSTIME, &when, nullptr);
}

int WaitSet::collect(void* (&tokens)[kReadyMax], int64_t timeout_nanos) {
	const int count = epoll_collect(set_.get(), tokens, timeout_nanos);
	for (int i = 0; i < count; ++i) {
		if (tokens[i] == this) {
			uint64_t expirations = 0;
			[[maybe_unused]] const ssize_t got = read(static_cast<int>(alarm_.get()), &expirations, sizeof expirations);
			tokens[i] = nullptr;
		}
	}
	return count;
}

bool WaitSet::ready() const {
	pollfd self{static_cast<int>(set_.get()), POLLIN, 0};
	return poll(&self, 1, 0) > 0;
}

} // namespace ringwire
