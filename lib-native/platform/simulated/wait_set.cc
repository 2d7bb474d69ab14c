#include "platform/wait_set.h"

#include <algorithm>
#include <utility>

#include "platform/simulated/kernel.h"
#include "platform/simulated/wait_sets.h"

namespace ringwire {

namespace simulated {

namespace {

WaitSetObject& object_of(OsHandle handle) {
	return *kernel().get<WaitSetObject>(handle, Object::Kind::kWaitSet);
}

} // namespace

OsHandle make_wait_set() {
	scheduler().point("make wait set", 7, 0);
	return kernel().has_room_for(1) ? kernel().add_handle(kernel().make_wait_set()) : kNoHandle;
}

bool watch(OsHandle set_handle, OsHandle handle, void* token) {
	scheduler().point("watch", 8, static_cast<uint64_t>(handle));
	if (kernel().random().once_in(kernel().shortages().no_watch)) {
		scheduler().count_shortage(kernel().owner());
		return false;
	}
	const Heap::Outside outside;
	WaitSetObject& set = object_of(set_handle);
	Object* object = kernel().object_of(handle);
	if (object == nullptr) {
		kernel().breach("a handle is watched that is not open: " + std::to_string(handle));
		return false;
	}
	set.watches.push_back({object, token});
	object->watchers.push_back(&set);
	return true;
}

void unwatch(OsHandle set_handle, OsHandle handle) {
	scheduler().point("unwatch", 9, static_cast<uint64_t>(handle));
	WaitSetObject& set = object_of(set_handle);
	Object* object = kernel().object_of(handle);
	if (object != nullptr) {
		std::erase(object->watchers, &set);
		std::erase_if(set.watches, [object](const WaitSetObject::Watch& watch) { return watch.object == object; });
	}
}

int collect(OsHandle handle, void* (&tokens)[WaitSet::kReadyMax], int64_t timeout_nanos) {
	scheduler().point("collect", 11, static_cast<uint64_t>(timeout_nanos));
	WaitSetObject& set = object_of(handle);
	const uint64_t deadline = timeout_nanos < 0 ? kNever : scheduler().now() + static_cast<uint64_t>(timeout_nanos);
	for (;;) {
		int count = 0;
		if (set.alarm_at != 0 && set.alarm_at <= scheduler().now()) {
			set.alarm_at = 0;
			tokens[count++] = nullptr;
		}
		// In any order.
		const size_t watches = set.watches.size();
		const size_t first = watches < 2 ? 0 : kernel().random().below(watches);
		for (size_t i = 0; i < watches && count < WaitSet::kReadyMax; ++i) {
			const WaitSetObject::Watch& watch = set.watches[(first + i) % watches];
			if (kernel().ready(*watch.object)) {
				tokens[count++] = watch.token;
			}
		}
		if (count > 0 || timeout_nanos == 0 || scheduler().now() >= deadline ||
		    kernel().random().once_in(kernel().shortages().early_return)) {
			return count;
		}
		if (std::exchange(kernel().owner().interrupted, false)) {
			return 0;
		}
		set.sleeper = scheduler().running();
		scheduler().block(std::min(deadline, kernel().next_alarm(set)));
		set.sleeper = nullptr;
		if (scheduler().running() == nullptr && scheduler().now() < deadline && deadline == kNever &&
		    kernel().next_alarm(set) == kNever && !kernel().ready(set)) {
			return 0; // nothing will ever happen
		}
	}
}

} // namespace simulated

Status WaitSet::open() {
	set_.adopt(simulated::make_wait_set());
	return set_.held() ? Status{}
	                   : Status{Code::kLimit, "could not make a wait set: too many handles", "make wait set", 1};
}

bool WaitSet::watch_handle(OsHandle handle, void* token) {
	return simulated::watch(set_.get(), handle, token);
}

void WaitSet::unwatch_handle(OsHandle handle) {
	simulated::unwatch(set_.get(), handle);
}

void WaitSet::set_alarm(uint64_t at_nanos) {
	simulated::scheduler().point("set alarm", 10, at_nanos);
	simulated::object_of(set_.get()).alarm_at = at_nanos;
}

int WaitSet::collect(void* (&tokens)[kReadyMax], int64_t timeout_nanos) {
	return simulated::collect(set_.get(), tokens, timeout_nanos);
}

bool WaitSet::ready() const {
	return simulated::kernel().ready(simulated::object_of(set_.get()));
}

} // namespace ringwire
