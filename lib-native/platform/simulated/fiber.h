// A stack with a function on it that can be left and resumed. A fiber that is never resumed runs no destructors.
#pragma once

#include <csetjmp>

#include "platform/simulated/heap.h"

namespace ringwire::simulated {

class Fiber {
public:
	// The context of the caller, which becomes a fiber when it switches to another one.
	Fiber() = default;
	Fiber(const Fiber&) = delete;
	Fiber& operator=(const Fiber&) = delete;
	~Fiber();

	// `run` must not return. Allocations of the fiber come from `heap`.
	void prepare(void (*run)(void*), void* argument, Heap* heap);
	// Leaves this fiber, which is the one that runs, for `to`. Returns when another fiber switches back.
	void switch_to(Fiber& to);
	// Gives back the stack. Not from the fiber itself.
	void discard();

private:
	static void enter();

	jmp_buf registers_{};
	bool started_ = true;
	void (*run_)(void*) = nullptr;
	void* argument_ = nullptr;
	char* stack_ = nullptr;
	Heap* heap_ = nullptr;
};

} // namespace ringwire::simulated
