// A child that is created by fork without exec has copies of its parent's handles and memory. The platform counts the fork, so that an object
// can check whether this process made it, and closes the child's copies of all handles that an owner of platform/handle.h holds. So a child does
// not keep the links of its parent alive.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringwire {

// The number of forks between the first process and this one. Changes in a child only, before its `fork` returns.
extern std::atomic<uint32_t> fork_generation;

// Remembers the process that made an object. In a child of that process the object must use neither its handles nor memory that it shares with
// other processes.
class ProcessMark {
public:
	ProcessMark() : generation_(fork_generation.load(std::memory_order_relaxed)) {}
	// Relaxed: a thread that runs in a child has called fork itself, or was started by the thread that has.
	[[nodiscard]] bool is_of_this_process() const {
		return generation_ == fork_generation.load(std::memory_order_relaxed);
	}

private:
	uint32_t generation_;
};

} // namespace ringwire
