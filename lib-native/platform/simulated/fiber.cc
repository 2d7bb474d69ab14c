// setjmp and longjmp switch without a system call; makecontext starts a fiber on its stack.
#include "platform/simulated/fiber.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <cstdlib>
#include <utility>
#include <vector>

namespace ringwire::simulated {

namespace {

constexpr size_t kStackBytes = size_t{256} << 10;
constexpr size_t kGuardPage = 4096;

Fiber* starting = nullptr;

std::vector<char*>& free_stacks() {
	static auto* const stacks = new std::vector<char*>;
	return *stacks;
}

char* take_stack() {
	if (!free_stacks().empty()) {
		char* stack = free_stacks().back();
		free_stacks().pop_back();
		return stack;
	}
	void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, kGuardPage, PROT_NONE) != 0) {
		std::abort();
	}
	return static_cast<char*>(memory);
}

} // namespace

Fiber::~Fiber() {
	discard();
}

void Fiber::discard() {
	if (stack_ != nullptr) {
		const Heap::Outside outside;
		free_stacks().push_back(std::exchange(stack_, nullptr));
	}
}

void Fiber::prepare(void (*run)(void*), void* argument, Heap* heap) {
	const Heap::Outside outside;
	run_ = run;
	argument_ = argument;
	heap_ = heap;
	started_ = false;
	stack_ = stack_ == nullptr ? take_stack() : stack_;
}

void Fiber::enter() {
	Fiber& self = *starting;
	self.run_(self.argument_);
	std::abort();
}

[[gnu::noinline]] void Fiber::switch_to(Fiber& to) {
	heap_ = Heap::current();
	if (_setjmp(registers_) == 0) {
		Heap::use(to.heap_);
		if (to.started_) {
			_longjmp(to.registers_, 1);
		}
		to.started_ = true;
		starting = &to;
		ucontext_t context;
		getcontext(&context);
		context.uc_stack.ss_sp = to.stack_;
		context.uc_stack.ss_size = kStackBytes;
		context.uc_link = nullptr;
		makecontext(&context, &Fiber::enter, 0);
		setcontext(&context);
	}
}

} // namespace ringwire::simulated
