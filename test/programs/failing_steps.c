// Preloaded into a process: while the environment variable NO_MEMORY is set, the kernel has no memory for a region that is allocated in steps,
// except for its first step.
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fallocate64(int file, int mode, long long start, long long length) {
	if (start > 0 && getenv("NO_MEMORY") != NULL) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_fallocate, file, mode, start, length);
}

// The same function under another name, where offsets always have 64 bits.
int fallocate(int file, int mode, long long start, long long length) {
	return fallocate64(file, mode, start, length);
}
