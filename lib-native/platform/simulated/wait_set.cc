#include "platform/wait_set.h"

#include <algorithm>
#include <utility>

#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::Heap;
using simulated::kernel;
using simulated::kNever;
using simulated::Object;
using simulated::scheduler;
using simulated::WaitSetObject;

namespace {

WaitSetObject& object_of(const HandleOwner& handle) {
	return *kernel().get<WaitSetObject>(handle.get(), Object::Kind::kWaitSet);
}

} // namespace

Status WaitSet::open() {
	scheduler().point("make wait set", 7, 0);
	if (!kernel().has_room_for(1)) {
		return Status{Code::kLimit, "could not make a wait set: too many handles", "make wait set", 1};
	}
	set_.adopt(kernel().add_handle(kernel().make_wait_set()));
	return {};
}

bool WaitSet::watch(OsHandle handle, void* token) {
	scheduler().point("watch", 8, static_cast<uint64_t>(handle));
	if (kernel().random().once_in(kernel().shortages().no_watch)) {
		scheduler().count_shortage(kernel().owner());
		return false;
	}
	const Heap::Outside outside;
	WaitSetObject& set = object_of(set_);
	Object* object = kernel().object_of(handle);
	if (object == nullptr) {
		kernel().breach("a handle is watched that is not open: " + std::to_string(handle));
		return false;
	}
	set.watches.push_back({object, token});
	object->watchers.push_back(&set);
	return true;
}

void WaitSet::unwatch(OsHandle handle) {
	scheduler().point("unwatch", 9, static_cast<uint64_t>(handle));
	WaitSetObject& set = object_of(set_);
	Object* object = kernel().object_of(handle);
	if (object != nullptr) {
		std::erase(object->watchers, &set);
		std::erase_if(set.watches, [object](const WaitSetObject::Watch& watch) { return watch.object == object; });
	}
}

void WaitSet::set_alarm(uint64_t at_nanos) {
	scheduler().point("set alarm", 10, at_nanos);
	object_of(set_).alarm_at = at_nanos;
}

int WaitSet::collect(void* (&tokens)[kReadyMax], int64_t timeout_nanos) {
	scheduler().point("collect", 11, static_cast<uint64_t>(timeout_nanos));
	WaitSetObject& set = object_of(set_);
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
		for (size_t i = 0; i < watches && count < kReadyMax; ++i) {
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

} // namespace ringwire
