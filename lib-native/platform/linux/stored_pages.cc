#include "platform/linux/stored_pages.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "platform/linux/owned_descriptors.h"

namespace ringwire {

namespace {

// PAGEMAP_SCAN of <linux/fs.h>, which older headers do not have.
struct ScanArguments {
	uint64_t size;
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	uint64_t vec;
	uint64_t vec_len;
	uint64_t max_pages;
	uint64_t category_inverted;
	uint64_t category_mask;
	uint64_t category_anyof_mask;
	uint64_t return_mask;
};
struct ScannedRange {
	uint64_t start;
	uint64_t end;
	uint64_t categories;
};
constexpr uint64_t kIsFile = 1 << 2;
constexpr uint64_t kIsPresent = 1 << 3;
constexpr uint64_t kIsSwapped = 1 << 4;
static_assert(sizeof(ScanArguments) == 96 && sizeof(ScannedRange) == 24);

// A word of /proc/self/pagemap.
constexpr uint64_t kWordPresent = uint64_t{1} << 63;
constexpr uint64_t kWordSwapped = uint64_t{1} << 62;
constexpr uint64_t kWordFile = uint64_t{1} << 61;

// Of this process: a child by fork holds none. Open as long as the process lives.
int pagemap() {
	static const auto* const owner =
		new HandleOwner(open_registered([] { return open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC); }));
	return static_cast<int>(owner->get());
}

void drop(uint64_t begin, uint64_t end) {
	(void)madvise(reinterpret_cast<void*>(static_cast<uintptr_t>(begin)), end - begin, MADV_DONTNEED);
}

// False: the kernel does not have the call, or refuses it. Pages before `begin` are done then.
bool drop_scanned(uint64_t& begin, uint64_t end) {
	static std::atomic<bool> is_missing{false};
	if (is_missing.load(std::memory_order_relaxed)) { // relaxed: a thread that has not seen it finds out itself
		return false;
	}
	while (begin < end) {
		std::array<ScannedRange, 32> found;
		ScanArguments arguments{};
		arguments.size = sizeof arguments;
		arguments.start = begin;
		arguments.end = end;
		arguments.vec = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(found.data()));
		arguments.vec_len = found.size();
		arguments.category_inverted = kIsFile;
		arguments.category_mask = kIsFile;
		arguments.category_anyof_mask = kIsPresent | kIsSwapped;
		arguments.return_mask = kIsFile;
		const int count = ioctl(pagemap(), _IOWR('f', 16, ScanArguments), &arguments);
		if (count < 0 || arguments.walk_end <= begin) {
			if (count < 0 && errno == EINTR) {
				continue;
			}
			is_missing.store(true, std::memory_order_relaxed);
			return false;
		}
		for (int i = 0; i < count; ++i) {
			drop(found[static_cast<size_t>(i)].start, found[static_cast<size_t>(i)].end);
		}
		begin = arguments.walk_end;
	}
	return true;
}

// False: the words cannot be read. Pages before `begin` are done then.
bool drop_listed(uint64_t& begin, uint64_t end) {
	const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
	std::array<uint64_t, 512> words;
	while (begin < end) {
		const uint64_t wanted = std::min<uint64_t>(words.size(), (end - begin) / page);
		const ssize_t got = pread(pagemap(), words.data(), wanted * sizeof words[0],
		                          static_cast<off_t>(begin / page * sizeof words[0]));
		if (got < static_cast<ssize_t>(sizeof words[0])) {
			return false;
		}
		const auto count = static_cast<uint64_t>(got) / sizeof words[0];
		for (uint64_t i = 0; i < count; ++i) {
			const uint64_t word = words[i];
			if ((word & (kWordPresent | kWordSwapped)) != 0 && (word & kWordFile) == 0) {
				drop(begin + i * page, begin + (i + 1) * page);
			}
		}
		begin += count * page;
	}
	return true;
}

} // namespace

void drop_stored_pages(std::byte* memory, uint64_t bytes, PageSearch search) {
	auto begin = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(memory));
	const uint64_t end = begin + bytes;
	if ((search == PageSearch::kScan && drop_scanned(begin, end)) ||
	    (search != PageSearch::kNone && drop_listed(begin, end))) {
		return;
	}
	drop(begin, end);
}

} // namespace ringwire
