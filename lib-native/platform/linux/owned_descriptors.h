// The descriptors that a child of this process closes, see platform/fork.h. `register_handle` adds to them.
#pragma once

#include <cstdint>

#include "platform/handle.h"

namespace ringwire {

// While one exists, a fork in another thread waits. For the time between the system call that opens a descriptor and its registration: otherwise
// a child keeps a copy of it. A thread must not have two of them, and must neither allocate nor lock meanwhile.
class ForkBarrier {
public:
	ForkBarrier();
	ForkBarrier(const ForkBarrier&) = delete;
	ForkBarrier& operator=(const ForkBarrier&) = delete;
	~ForkBarrier();

private:
	uint32_t generation_;
};

// The descriptor that `open` returns, registered, or its negative result. `errno` is that of its last system call.
template <typename Open>
[[nodiscard]] int open_registered(const Open& open) {
	const ForkBarrier barrier;
	const int file = open();
	if (file >= 0) {
		register_handle(file);
	}
	return file;
}

void close_registered(int file);

} // namespace ringwire
