// A group as an epoll instance that watches those of its wait sets.
#include "platform/wait_group.h"

#include <sys/epoll.h>

#include "platform/linux/epoll.h"
#include "platform/linux/failure.h"
#include "platform/linux/owned_descriptors.h"
#include "platform/linux/pollable.h"

namespace ringwire {

Status WaitGroup::open() {
	group_.adopt(open_registered([] { return epoll_create1(EPOLL_CLOEXEC); }));
	return group_.held() ? Status{} : system_failure("epoll_create1", "could not make a wait group");
}

bool WaitGroup::add(const WaitSet& set, void* token) {
	return epoll_watch(group_.get(), WaitSetHandle::of(set), token);
}

void WaitGroup::remove(const WaitSet& set) {
	epoll_unwatch(group_.get(), WaitSetHandle::of(set));
}

int WaitGroup::collect(void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos) {
	return epoll_collect(group_.get(), tokens, timeout_nanos);
}

} // namespace ringwire
