// memory-copy one-thread|two-processes SIZE COUNT FOLDER: the throughput of memcpy, an upper bound for every library that
// copies. With two processes, one copies each block into a ring of shared memory and the other copies it out. Two counters
// synchronise them.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/outcome.h"

using namespace ringwire;

namespace {

constexpr uint64_t kRingBytes = uint64_t{4} << 20;

struct Shared {
	alignas(128) std::atomic<uint64_t> written;
	alignas(128) std::atomic<uint64_t> read;
};

// Yields the core from time to time: the other process may need it.
void wait_until_at_least(const std::atomic<uint64_t>& counter, uint64_t wanted) {
	for (uint32_t looks = 0; counter.load(std::memory_order_acquire) < wanted; ++looks) {
		if (looks % 1024 == 1023) {
			sched_yield();
		}
	}
}

int one_thread(uint64_t size, uint64_t count) {
	const uint64_t slots = kRingBytes / size == 0 ? 1 : kRingBytes / size;
	const auto from = std::make_unique<char[]>(size);
	const auto to = std::make_unique<char[]>(slots * size);
	const uint64_t start = monotonic_nanos();
	for (uint64_t i = 0; i < count; ++i) {
		from[0] = static_cast<char>(i);
		std::memcpy(to.get() + (i % slots) * size, from.get(), size);
		asm volatile("" : : "r"(to.get()) : "memory"); // keeps the copy
	}
	print_outcome(count, monotonic_nanos() - start, cpu_micros(RUSAGE_SELF));
	return 0;
}

int two_processes(uint64_t size, uint64_t count) {
	const uint64_t slots = kRingBytes / size == 0 ? 2 : kRingBytes / size;
	void* memory = mmap(nullptr, sizeof(Shared) + slots * size, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED) {
		return 1;
	}
	auto* shared = new (memory) Shared{};
	char* ring = static_cast<char*>(memory) + sizeof(Shared);
	const auto own = std::make_unique<char[]>(size);
	std::memset(own.get(), 1, size);
	const uint64_t start = monotonic_nanos();
	const pid_t child = fork();
	if (child == 0) {
		for (uint64_t i = 0; i < count; ++i) {
			wait_until_at_least(shared->written, i + 1);
			std::memcpy(own.get(), ring + (i % slots) * size, size);
			asm volatile("" : : "r"(own.get()) : "memory");
			shared->read.store(i + 1, std::memory_order_release);
		}
		_exit(0);
	}
	for (uint64_t i = 0; i < count; ++i) {
		wait_until_at_least(shared->read, i < slots ? 0 : i + 1 - slots);
		std::memcpy(ring + (i % slots) * size, own.get(), size);
		shared->written.store(i + 1, std::memory_order_release);
	}
	int status = 0;
	waitpid(child, &status, 0);
	print_outcome(count, monotonic_nanos() - start, cpu_micros(RUSAGE_SELF) + cpu_micros(RUSAGE_CHILDREN));
	return status;
}

} // namespace

int main(int argc, char** argv) {
	if (argc < 4) {
		return 2;
	}
	const uint64_t size = std::strtoull(argv[2], nullptr, 10);
	const uint64_t count = std::strtoull(argv[3], nullptr, 10);
	return std::string_view(argv[1]) == "one-thread" ? one_thread(size, count) : two_processes(size, count);
}
