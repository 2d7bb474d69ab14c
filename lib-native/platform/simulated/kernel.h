// The kernel of the simulated machine: objects, the handles of each process, and the names by which endpoints find each other.
// Nothing here depends on an address or on the order of a hash table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/status.h"
#include "platform/simulated/objects.h"
#include "platform/simulated/random.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulated {

// Shortages of the kernel. Each is one in so many calls; 0: never.
struct Shortages {
	uint64_t send_busy = 0;    // a send finds no memory, or too many handles in flight
	uint64_t no_handle = 0;    // a call that makes a handle finds none free
	uint64_t no_watch = 0;     // a wait set cannot watch one more object
	uint64_t no_memory = 0;    // a region cannot be allocated any further
	uint64_t early_return = 0; // a wait returns before anything is ready
	size_t backlog_max = 4096; // of a listener, as /proc/sys/net/core/somaxconn
	size_t queue_max = 278;    // messages in one direction of a link
};

// A promise of the protocol that the kernel can see broken.
struct Breach {
	std::string what;
};

class Kernel {
public:
	Kernel() : random_(1) {}
	Kernel(const Kernel&) = delete;
	Kernel& operator=(const Kernel&) = delete;

	// Destroys every object and every name.
	void reset(uint64_t seed, const Shortages& shortages);
	void end_shortages();
	[[nodiscard]] const Shortages& shortages() const { return shortages_; }

	// --- Handles of the process that runs

	[[nodiscard]] OsHandle add_handle(Object& object); // kNoHandle: it has no room for one more
	[[nodiscard]] bool has_room_for(size_t handles);
	[[nodiscard]] bool has_memory();
	[[nodiscard]] Object* object_of(OsHandle handle) const;
	template <typename T>
	[[nodiscard]] T* get(OsHandle handle, Object::Kind kind) const {
		Object* object = object_of(handle);
		return object != nullptr && object->kind == kind ? static_cast<T*>(object) : nullptr;
	}
	void close(OsHandle handle);
	// False: it has none, and no mapping either.
	bool close_one_handle(Process& process);

	// --- Objects

	[[nodiscard]] RegionObject& make_region(uint64_t bytes);
	void map(RegionObject& region);
	void unmap(const std::byte* memory);
	[[nodiscard]] LinkObject& make_link();
	void join(LinkObject& one, LinkObject& other);
	[[nodiscard]] ListenerObject& make_listener();
	[[nodiscard]] WaitSetObject& make_wait_set();
	void reference(Object& object) { object.references += 1; }
	void release(Object& object);

	[[nodiscard]] bool ready(const Object& object) const;
	// Wakes the processes that wait for the object.
	void notify(Object& object);
	void unwatch_everywhere(Object& object);
	// When the next alarm in the set, or in a set within it, is due.
	[[nodiscard]] uint64_t next_alarm(const WaitSetObject& set) const;

	// --- Names

	struct Folder {
		std::map<std::string, ListenerObject*> sockets; // null: nothing listens there any more
		LockObject* lock = nullptr;
	};
	[[nodiscard]] std::map<std::string, Folder>& folders() { return folders_; }
	[[nodiscard]] LockObject& make_lock(const std::string& folder);

	// --- For the simulation

	[[nodiscard]] size_t object_count() const { return objects_; }
	[[nodiscard]] size_t region_count() const { return regions_; }
	[[nodiscard]] const std::vector<Breach>& breaches() const { return breaches_; }
	void breach(const std::string& what);
	[[nodiscard]] Random& random() { return random_; }
	// The process that handles belong to: the one that runs, or the simulator's own.
	[[nodiscard]] Process& owner();
	[[nodiscard]] uint32_t process_id();

private:
	void destroy(Object& object);

	Random random_;
	Shortages shortages_;
	uint64_t serials_ = 0;
	size_t objects_ = 0;
	size_t regions_ = 0;
	std::vector<Object*> all_; // by serial number; null: destroyed
	std::map<uint64_t, std::vector<std::byte*>> spare_memory_;
	std::map<std::string, Folder> folders_;
	std::vector<Breach> breaches_;
	Process simulator_;
};

[[nodiscard]] Kernel& kernel();

// The pid that other processes see.
[[nodiscard]] inline uint32_t pid_of(uint32_t process) {
	return 1000 + process;
}

} // namespace ringwire::simulated
