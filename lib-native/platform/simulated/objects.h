// The kernel objects of the simulated machine. Each is counted: a handle, a mapping, a message in flight and a backlog hold
// one reference each, and the last one closes the object.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "platform/handle.h"

namespace ringwire::simulated {

struct Process;
struct WaitSetObject;

struct Object {
	enum class Kind : uint8_t { kRegion, kLink, kListener, kWaitSet, kLock };

	Object(Kind object_kind, uint64_t object_serial) : kind(object_kind), serial(object_serial) {}
	Object(const Object&) = delete;
	Object& operator=(const Object&) = delete;

	Kind kind;
	uint64_t serial; // in order of creation
	uint32_t references = 0;
	std::vector<WaitSetObject*> watchers;
};

struct RegionObject : Object {
	explicit RegionObject(uint64_t object_serial) : Object(Kind::kRegion, object_serial) {}
	std::byte* memory = nullptr;
	uint64_t bytes = 0;
	uint64_t allocated = 0;
};

struct Packet {
	static constexpr size_t kBytesMax = 1024;
	std::array<std::byte, kBytesMax> bytes;
	size_t length = 0;
	Object* shared = nullptr;
};

// One end of a link.
struct LinkObject : Object {
	explicit LinkObject(uint64_t object_serial) : Object(Kind::kLink, object_serial) {}
	LinkObject* peer = nullptr; // null: it is closed
	uint32_t peer_process = 0;
	std::deque<Packet> queue; // sent by the peer, not yet received
	size_t queue_max = 0;
	size_t handles_in_queue = 0;
	uint64_t received = 0;   // messages
	bool introduced = false; // one of a pair that a process has made, not a connection
	bool deaf = false;       // what arrives is dropped
};

struct ListenerObject : Object {
	explicit ListenerObject(uint64_t object_serial) : Object(Kind::kListener, object_serial) {}
	uint32_t process = 0;
	bool listening = false;
	size_t backlog_max = 0;
	std::deque<LinkObject*> backlog;
};

struct WaitSetObject : Object {
	explicit WaitSetObject(uint64_t object_serial) : Object(Kind::kWaitSet, object_serial) {}
	struct Watch {
		Object* object;
		void* token;
	};
	std::vector<Watch> watches;
	uint64_t alarm_at = 0;
	Process* sleeper = nullptr;
};

// The lock of a channel's folder, as long as a process holds it.
struct LockObject : Object {
	explicit LockObject(uint64_t object_serial) : Object(Kind::kLock, object_serial) {}
	std::string folder;
	uint32_t process = 0;
};

} // namespace ringwire::simulated
