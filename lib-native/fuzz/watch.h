// What the code under test does to shared memory and to its sockets, counted, bounded and interrupted: the words and copies of
// fuzz/shim report here before they load, and the linker sends the library's own mmap, sendmsg and recvmsg through here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace watch {

// Called before every load of shared memory while it is set, but not from within itself.
using Interrupt = void (*)(void* context);

struct Counts {
	uint64_t loads = 0;
	uint64_t sends = 0;
	uint64_t receives = 0;
};

extern Counts counts;

// A link that is closed is emptied first: more receives than the queue of its socket has messages.
constexpr uint64_t kReceivesToCloseMax = 300;

void set_interrupt(Interrupt interrupt, void* context);
// Dies when the bytes are neither inside of one mapping of the library's nor on the heap, where AddressSanitizer looks.
void before_load(const void* address, size_t length);

} // namespace watch
