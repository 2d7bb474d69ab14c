#include "fuzz/watch.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <sys/mman.h>
#include <sys/socket.h>

namespace watch {

Counts counts;

namespace {

struct Mapping {
	const char* begin;
	size_t bytes;
};

std::vector<Mapping>& mappings() {
	static auto* all = new std::vector<Mapping>; // outlives the endpoints of static objects
	return *all;
}

Interrupt current = nullptr;
void* current_context = nullptr;
bool inside = false;

// AddressSanitizer checks every heap access exactly. Its heap never overlaps shared memory.
extern "C" int __asan_address_is_poisoned(void const volatile* address);
extern "C" const char* __asan_locate_address(void* address, char* name, size_t name_size, void** region_address,
                                             size_t* region_size);

bool inside_one_mapping(const char* begin, size_t length) {
	for (const Mapping& mapping : mappings()) {
		if (begin >= mapping.begin && begin < mapping.begin + mapping.bytes) {
			return length <= static_cast<size_t>(mapping.begin + mapping.bytes - begin);
		}
	}
	char name[8];
	void* region = nullptr;
	size_t region_size = 0;
	(void)__asan_locate_address(const_cast<char*>(begin), name, sizeof name, &region, &region_size);
	return region_size != 0; // a heap object: the load itself is checked
}

} // namespace

void set_interrupt(Interrupt interrupt, void* context) {
	current = interrupt;
	current_context = context;
}

void before_load(const void* address, size_t length) {
	counts.loads += 1;
	if (!inside_one_mapping(static_cast<const char*>(address), length)) {
		std::fprintf(stderr, "a load of %zu bytes at %p is outside of every mapping\n", length, address);
		std::abort();
	}
	if (current != nullptr && !inside) {
		inside = true;
		current(current_context);
		inside = false;
	}
}

} // namespace watch

extern "C" {

// With _FILE_OFFSET_BITS=64 mmap is mmap64.
void* __real_mmap64(void* address, size_t bytes, int protection, int flags, int file, off_t offset);
int __real_munmap(void* address, size_t bytes);
ssize_t __real_sendmsg(int socket, const msghdr* message, int flags);
ssize_t __real_recvmsg(int socket, msghdr* message, int flags);

void* __wrap_mmap64(void* address, size_t bytes, int protection, int flags, int file, off_t offset) {
	void* mapped = __real_mmap64(address, bytes, protection, flags, file, offset);
	if (mapped != MAP_FAILED) {
		watch::mappings().push_back({static_cast<const char*>(mapped), bytes});
	}
	return mapped;
}

int __wrap_munmap(void* address, size_t bytes) {
	std::erase_if(watch::mappings(), [address](const watch::Mapping& mapping) { return mapping.begin == address; });
	return __real_munmap(address, bytes);
}

ssize_t __wrap_sendmsg(int socket, const msghdr* message, int flags) {
	watch::counts.sends += 1;
	return __real_sendmsg(socket, message, flags);
}

ssize_t __wrap_recvmsg(int socket, msghdr* message, int flags) {
	watch::counts.receives += (flags & MSG_TRUNC) != 0 ? 1 : 0; // a receive without it empties a socket before a close
	return __real_recvmsg(socket, message, flags);
}

} // extern "C"
