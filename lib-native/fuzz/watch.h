// Counts, bounds and interrupts the accesses of the code under test to shared memory and to its sockets. The words and copies of
// fuzz/shim report here before they load. The linker redirects the mmap, sendmsg and recvmsg of the library to here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace watch {

// Called before every load of shared memory while it is set. Loads of its own do not call it.
using Interrupt = void (*)(void* context);

struct Counts {
	uint64_t loads = 0;
	uint64_t sends = 0;
	uint64_t receives = 0;
};

extern Counts counts;

// The receives of one close of a link, which empties its socket first: more than its queue has messages.
constexpr uint64_t kReceivesToCloseMax = 300;

void set_interrupt(Interrupt interrupt, void* context);
// Aborts if the bytes are neither inside one mapping of the library nor on the heap, which AddressSanitizer checks.
void before_load(const void* address, size_t length);

} // namespace watch
