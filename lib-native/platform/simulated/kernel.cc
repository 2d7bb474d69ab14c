#include "platform/simulated/kernel.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ringwire::simulated {

namespace {

constexpr size_t kPage = 4096;

} // namespace

Kernel& kernel() {
	static auto* const only = new Kernel;
	return *only;
}

void Kernel::reset(uint64_t seed, const Shortages& shortages) {
	for (Object* object : all_) {
		if (object == nullptr) {
			continue;
		}
		object->references = 0;
		if (object->kind == Object::Kind::kRegion) {
			auto& region = static_cast<RegionObject&>(*object);
			spare_memory_[region.bytes].push_back(region.memory);
			delete &region;
		} else if (object->kind == Object::Kind::kLink) {
			delete static_cast<LinkObject*>(object);
		} else if (object->kind == Object::Kind::kListener) {
			delete static_cast<ListenerObject*>(object);
		} else if (object->kind == Object::Kind::kWaitSet) {
			delete static_cast<WaitSetObject*>(object);
		} else {
			delete static_cast<LockObject*>(object);
		}
	}
	all_.clear();
	folders_.clear();
	breaches_.clear();
	simulator_.handles.clear();
	simulator_.mappings.clear();
	objects_ = 0;
	regions_ = 0;
	serials_ = 0;
	random_ = Random(seed);
	shortages_ = shortages;
}

void Kernel::end_shortages() {
	const size_t backlog = shortages_.backlog_max;
	const size_t queue = shortages_.queue_max;
	shortages_ = {};
	shortages_.backlog_max = backlog;
	shortages_.queue_max = queue;
	for (const auto& process : scheduler().processes()) {
		process->handles_max = Process::kNoLimit;
	}
}

Process& Kernel::owner() {
	Process* running = scheduler().running();
	return running != nullptr ? *running : simulator_;
}

uint32_t Kernel::process_id() {
	return owner().id;
}

void Kernel::breach(const std::string& what) {
	const Heap::Outside outside;
	scheduler().note("BREACH: %s", what.c_str());
	breaches_.push_back({std::string(what)});
}

// --- Handles

OsHandle Kernel::add_handle(Object& object) {
	const Heap::Outside outside;
	Process& process = owner();
	auto free = std::find(process.handles.begin(), process.handles.end(), nullptr);
	if (static_cast<size_t>(free - process.handles.begin()) >= process.handles_max) {
		return kNoHandle;
	}
	if (free == process.handles.end()) {
		process.handles.push_back(nullptr);
		free = process.handles.end() - 1;
	}
	*free = &object;
	reference(object);
	return free - process.handles.begin();
}

bool Kernel::has_room_for(size_t handles) {
	Process& process = owner();
	const auto used = static_cast<size_t>(std::count_if(process.handles.begin(), process.handles.end(),
	                                                    [](const Object* object) { return object != nullptr; }));
	const bool has = process.handles_max >= used + handles && !random_.once_in(shortages_.no_handle);
	if (!has) {
		scheduler().count_shortage(process);
	}
	return has;
}

bool Kernel::has_memory() {
	const bool has = !random_.once_in(shortages_.no_memory);
	if (!has) {
		scheduler().count_shortage(owner());
	}
	return has;
}

Object* Kernel::object_of(OsHandle handle) const {
	const Process* running = scheduler().running();
	const Process& process = running != nullptr ? *running : simulator_;
	return handle >= 0 && static_cast<size_t>(handle) < process.handles.size()
	           ? process.handles[static_cast<size_t>(handle)]
	           : nullptr;
}

void Kernel::close(OsHandle handle) {
	const Heap::Outside outside;
	Object* object = object_of(handle);
	if (object == nullptr) {
		breach("a handle is closed that is not open: " + std::to_string(handle));
		return;
	}
	owner().handles[static_cast<size_t>(handle)] = nullptr;
	release(*object);
}

bool Kernel::close_one_handle(Process& process) {
	const Heap::Outside outside;
	for (Object*& object : process.handles) {
		if (object != nullptr) {
			Object& closed = *std::exchange(object, nullptr);
			release(closed);
			return true;
		}
	}
	for (RegionObject* region : std::exchange(process.mappings, {})) {
		release(*region);
	}
	return false;
}

// --- Objects

template <typename T>
static T& make(std::vector<Object*>& all, uint64_t& serials) {
	const Heap::Outside outside;
	auto* object = new T(serials++);
	all.push_back(object);
	return *object;
}

RegionObject& Kernel::make_region(uint64_t bytes) {
	const Heap::Outside outside;
	auto& region = make<RegionObject>(all_, serials_);
	objects_ += 1;
	regions_ += 1;
	std::vector<std::byte*>& spare = spare_memory_[bytes];
	if (spare.empty()) {
		region.memory = static_cast<std::byte*>(std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage));
	} else {
		region.memory = spare.back();
		spare.pop_back();
	}
	std::memset(region.memory, 0, bytes);
	region.bytes = bytes;
	return region;
}

void Kernel::map(RegionObject& region) {
	const Heap::Outside outside;
	reference(region);
	owner().mappings.push_back(&region);
}

void Kernel::unmap(const std::byte* memory) {
	const Heap::Outside outside;
	std::vector<RegionObject*>& mappings = owner().mappings;
	const auto found = std::find_if(mappings.begin(), mappings.end(),
	                                [memory](const RegionObject* region) { return region->memory == memory; });
	if (found == mappings.end()) {
		breach("memory is unmapped that is not mapped");
		return;
	}
	RegionObject& region = **found;
	mappings.erase(found);
	release(region);
}

LinkObject& Kernel::make_link() {
	objects_ += 1;
	auto& link = make<LinkObject>(all_, serials_);
	link.queue_max = shortages_.queue_max;
	return link;
}

void Kernel::join(LinkObject& one, LinkObject& other) {
	one.peer = &other;
	other.peer = &one;
}

ListenerObject& Kernel::make_listener() {
	objects_ += 1;
	auto& listener = make<ListenerObject>(all_, serials_);
	listener.process = process_id();
	return listener;
}

WaitSetObject& Kernel::make_wait_set() {
	objects_ += 1;
	return make<WaitSetObject>(all_, serials_);
}

LockObject& Kernel::make_lock(const std::string& folder) {
	const Heap::Outside outside;
	objects_ += 1;
	auto& lock = make<LockObject>(all_, serials_);
	lock.folder = std::string(folder);
	lock.process = process_id();
	folders_[lock.folder].lock = &lock;
	return lock;
}

void Kernel::release(Object& object) {
	object.references -= 1;
	if (object.references == 0) {
		const Heap::Outside outside;
		destroy(object);
	}
}

void Kernel::destroy(Object& object) {
	unwatch_everywhere(object);
	all_[object.serial] = nullptr;
	objects_ -= 1;
	switch (object.kind) {
	case Object::Kind::kRegion: {
		auto& region = static_cast<RegionObject&>(object);
		spare_memory_[region.bytes].push_back(region.memory);
		regions_ -= 1;
		delete &region;
		break;
	}
	case Object::Kind::kLink: {
		auto& link = static_cast<LinkObject&>(object);
		if (link.peer != nullptr) {
			link.peer->peer = nullptr;
			notify(*link.peer);
		}
		for (const Packet& packet : link.queue) {
			if (packet.shared != nullptr) {
				release(*packet.shared);
			}
		}
		delete &link;
		break;
	}
	case Object::Kind::kListener: {
		auto& listener = static_cast<ListenerObject&>(object);
		for (auto& [path, folder] : folders_) {
			for (auto& [name, socket] : folder.sockets) {
				socket = socket == &listener ? nullptr : socket;
			}
		}
		for (LinkObject* link : listener.backlog) {
			release(*link);
		}
		delete &listener;
		break;
	}
	case Object::Kind::kWaitSet: {
		auto& set = static_cast<WaitSetObject&>(object);
		for (const WaitSetObject::Watch& watch : set.watches) {
			std::erase(watch.object->watchers, &set);
		}
		delete &set;
		break;
	}
	case Object::Kind::kLock: {
		auto& lock = static_cast<LockObject&>(object);
		const auto folder = folders_.find(lock.folder);
		if (folder != folders_.end() && folder->second.lock == &lock) {
			folder->second.lock = nullptr;
		}
		delete &lock;
		break;
	}
	}
}

bool Kernel::ready(const Object& object) const {
	switch (object.kind) {
	case Object::Kind::kLink: {
		const auto& link = static_cast<const LinkObject&>(object);
		return !link.queue.empty() || link.peer == nullptr;
	}
	case Object::Kind::kListener:
		return !static_cast<const ListenerObject&>(object).backlog.empty();
	case Object::Kind::kWaitSet: {
		const auto& set = static_cast<const WaitSetObject&>(object);
		return (set.alarm_at != 0 && set.alarm_at <= scheduler().now()) ||
		       std::any_of(set.watches.begin(), set.watches.end(),
		                   [this](const WaitSetObject::Watch& watch) { return ready(*watch.object); });
	}
	case Object::Kind::kRegion:
	case Object::Kind::kLock:
		break;
	}
	return false;
}

void Kernel::notify(Object& object) {
	for (WaitSetObject* set : object.watchers) {
		if (set->sleeper != nullptr) {
			Scheduler::wake(*set->sleeper);
		}
		notify(*set);
	}
}

void Kernel::unwatch_everywhere(Object& object) {
	for (WaitSetObject* set : object.watchers) {
		std::erase_if(set->watches, [&](const WaitSetObject::Watch& watch) { return watch.object == &object; });
	}
	object.watchers.clear();
}

uint64_t Kernel::next_alarm(const WaitSetObject& set) const {
	uint64_t at = set.alarm_at == 0 ? kNever : set.alarm_at;
	for (const WaitSetObject::Watch& watch : set.watches) {
		if (watch.object->kind == Object::Kind::kWaitSet) {
			at = std::min(at, next_alarm(static_cast<const WaitSetObject&>(*watch.object)));
		}
	}
	return at;
}

} // namespace ringwire::simulated
