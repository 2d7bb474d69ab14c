#include "platform/wait_group.h"

#include "platform/simulated/wait_sets.h"

namespace ringwire {

Status WaitGroup::open() {
	group_.adopt(simulated::make_wait_set());
	return group_.held() ? Status{}
	                     : Status{Code::kLimit, "could not make a wait group: too many handles", "make wait set", 1};
}

bool WaitGroup::add(const WaitSet& set, void* token) {
	return simulated::watch(group_.get(), WaitSetHandle::of(set), token);
}

void WaitGroup::remove(const WaitSet& set) {
	simulated::unwatch(group_.get(), WaitSetHandle::of(set));
}

int WaitGroup::collect(void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos) {
	return group_.held() ? simulated::collect(group_.get(), tokens, timeout_nanos) : 0;
}

} // namespace ringwire
