#include "platform/linux/memory/retired_ranges.h"

#include <sys/mman.h>

#include <deque>
#include <mutex>

#include "core/limits.h"

namespace ringwire {

namespace {

struct Range {
	std::byte* memory;
	uint64_t bytes;
};

// Never destroyed: other threads may go on while the process exits.
struct Retired {
	std::mutex mutex;
	std::deque<Range> ranges;
	uint64_t bytes = 0;
};

Retired& retired() {
	static auto* const all = new Retired();
	return *all;
}

} // namespace

void retire_range(std::byte* memory, uint64_t bytes) {
	constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
	if (mmap(memory, bytes, PROT_READ | PROT_WRITE, kAnonymous, -1, 0) == MAP_FAILED) {
		munmap(memory, bytes); // the old memory must go in any case
		return;
	}
	Retired& all = retired();
	const std::lock_guard lock(all.mutex);
	all.ranges.push_back({memory, bytes});
	all.bytes += bytes;
	while (all.ranges.size() > kRetiredRangesMax || (all.bytes > kRetiredBytesMax && all.ranges.size() > 1)) {
		const Range oldest = all.ranges.front();
		all.ranges.pop_front();
		all.bytes -= oldest.bytes;
		munmap(oldest.memory, oldest.bytes);
	}
}

} // namespace ringwire
