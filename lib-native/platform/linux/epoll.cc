#include "platform/linux/epoll.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <climits>

namespace ringwire {

bool epoll_watch(OsHandle epoll, OsHandle handle, void* token) {
	epoll_event interest{};
	interest.events = EPOLLIN; // hang-up and error come uninvited
	interest.data.ptr = token;
	return epoll_ctl(static_cast<int>(epoll), EPOLL_CTL_ADD, static_cast<int>(handle), &interest) == 0;
}

void epoll_unwatch(OsHandle epoll, OsHandle handle) {
	epoll_ctl(static_cast<int>(epoll), EPOLL_CTL_DEL, static_cast<int>(handle), nullptr);
}

int epoll_collect(OsHandle epoll, void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos) {
	// Whole milliseconds, never less than asked for. Exact times use the alarm.
	constexpr int64_t kNanosPerMilli = 1'000'000;
	const int64_t millis = timeout_nanos < 0 ? -1 : (timeout_nanos + kNanosPerMilli - 1) / kNanosPerMilli;
	std::array<epoll_event, WaitSet::kReadyMax> events; // filled by the kernel
	const int count = epoll_wait(static_cast<int>(epoll), events.data(), WaitSet::kReadyMax,
	                             static_cast<int>(std::min<int64_t>(millis, INT_MAX)));
	for (int i = 0; i < count; ++i) {
		tokens[i] = events[static_cast<size_t>(i)].data.ptr;
	}
	return count < 0 ? 0 : count;
}

} // namespace ringwire
