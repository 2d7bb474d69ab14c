#include "platform/clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace ringwire {

uint64_t monotonic_nanos() {
	timespec now{};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t random_u64() {
	uint64_t value = 0;
	// A call of its own: glibc has a function for it only from 2.25 on.
	if (syscall(SYS_getrandom, &value, sizeof value, 0) != sizeof value) {
		value = monotonic_nanos() ^ (static_cast<uint64_t>(getpid()) << 40);
	}
	return value;
}

} // namespace ringwire
