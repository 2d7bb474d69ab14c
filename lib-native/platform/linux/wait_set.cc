// A wait set as an epoll instance, which is itself a descriptor that can be polled.
#include "platform/wait_set.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "platform/clock.h"
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
	return watch(alarm_.get(), this) ? Status{} : system_failure("epoll_ctl", "could not watch an alarm");
}

bool WaitSet::watch(OsHandle handle, void* token) {
	epoll_event interest{};
	interest.events = EPOLLIN; // hang-up and error come uninvited
	interest.data.ptr = token;
	return epoll_ctl(static_cast<int>(set_.get()), EPOLL_CTL_ADD, static_cast<int>(handle), &interest) == 0;
}

void WaitSet::unwatch(OsHandle handle) {
	epoll_ctl(static_cast<int>(set_.get()), EPOLL_CTL_DEL, static_cast<int>(handle), nullptr);
}

void WaitSet::set_alarm(uint64_t at_nanos) {
	itimerspec when{};
	when.it_value.tv_sec = static_cast<time_t>(at_nanos / 1'000'000'000);
	when.it_value.tv_nsec = static_cast<long>(at_nanos % 1'000'000'000);
	timerfd_settime(static_cast<int>(alarm_.get()), TFD_TIMER_ABSTIME, &when, nullptr);
}

int WaitSet::collect(void* (&tokens)[kReadyMax], int64_t timeout_nanos) {
	// Whole milliseconds, never less than asked for. Exact times use the alarm.
	constexpr int64_t kNanosPerMilli = 1'000'000;
	const int64_t millis = timeout_nanos < 0 ? -1 : (timeout_nanos + kNanosPerMilli - 1) / kNanosPerMilli;
	std::array<epoll_event, kReadyMax> events; // filled by the kernel
	const int count = epoll_wait(static_cast<int>(set_.get()), events.data(), kReadyMax,
	                             static_cast<int>(std::min<int64_t>(millis, INT_MAX)));
	for (int i = 0; i < count; ++i) {
		void* token = events[static_cast<size_t>(i)].data.ptr;
		if (token == this) {
			uint64_t expirations = 0;
			[[maybe_unused]] const ssize_t got = read(static_cast<int>(alarm_.get()), &expirations, sizeof expirations);
			token = nullptr;
		}
		tokens[i] = token;
	}
	return count < 0 ? 0 : count;
}

} // namespace ringwire
