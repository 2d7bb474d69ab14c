#include "platform/linux/memory/stored_pages.h"

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

constexpr int kDontNeedLocked =
	24; // MADV_DONTNEED_LOCKED, from Linux 5.18 on, for a process that has locked its memory

// Bytes of a mapping, counted from its beginning.
struct PageRange {
	std::byte* memory;
	uint64_t begin;
	uint64_t end;

	[[nodiscard]] uint64_t address(uint64_t offset) const {
		return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(memory)) + offset;
	}
};

enum class Dropped : uint8_t { kAll, kNotFound, kFailed };

bool drop(const PageRange& range) {
	std::byte* first = range.memory + range.begin;
	const uint64_t bytes = range.end - range.begin;
	return madvise(first, bytes, MADV_DONTNEED) == 0 ||
	       (errno == EINVAL && madvise(first, bytes, kDontNeedLocked) == 0);
}

// kNotFound: the kernel does not have the call, or refuses it. Pages before `begin` are done then.
Dropped drop_scanned(PageRange& range) {
	static std::atomic<bool> is_missing{false};
	if (is_missing.load(std::memory_order_relaxed)) { // relaxed: a thread that has not seen it finds out itself
		return Dropped::kNotFound;
	}
	while (range.begin < range.end) {
		std::array<ScannedRange, 32> found;
		ScanArguments arguments{};
		arguments.size = sizeof arguments;
		arguments.start = range.address(range.begin);
		arguments.end = range.address(range.end);
		arguments.vec = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(found.data()));
		arguments.vec_len = found.size();
		arguments.category_inverted = kIsFile;
		arguments.category_mask = kIsFile;
		arguments.category_anyof_mask = kIsPresent | kIsSwapped;
		arguments.return_mask = kIsFile;
		const int count = ioctl(pagemap(), _IOWR('f', 16, ScanArguments), &arguments);
		if (count < 0 || arguments.walk_end <= arguments.start) {
			if (count < 0 && errno == EINTR) {
				continue;
			}
			is_missing.store(true, std::memory_order_relaxed);
			return Dropped::kNotFound;
		}
		for (int i = 0; i < count; ++i) {
			const ScannedRange& pages = found[static_cast<size_t>(i)];
			if (!drop({range.memory, pages.start - range.address(0), pages.end - range.address(0)})) {
				return Dropped::kFailed;
			}
		}
		range.begin = arguments.walk_end - range.address(0);
	}
	return Dropped::kAll;
}

// kNotFound: the words cannot be read. Pages before `begin` are done then.
Dropped drop_listed(PageRange& range) {
	const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
	std::array<uint64_t, 512> words;
	while (range.begin < range.end) {
		const uint64_t wanted = std::min<uint64_t>(words.size(), (range.end - range.begin) / page);
		const ssize_t got = pread(pagemap(), words.data(), wanted * sizeof words[0],
		                          static_cast<off_t>(range.address(range.begin) / page * sizeof words[0]));
		if (got < static_cast<ssize_t>(sizeof words[0])) {
			return Dropped::kNotFound;
		}
		const auto count = static_cast<uint64_t>(got) / sizeof words[0];
		for (uint64_t i = 0; i < count; ++i) {
			const uint64_t word = words[i];
			const uint64_t at = range.begin + i * page;
			if ((word & (kWordPresent | kWordSwapped)) != 0 && (word & kWordFile) == 0 &&
			    !drop({range.memory, at, at + page})) {
				return Dropped::kFailed;
			}
		}
		range.begin += count * page;
	}
	return Dropped::kAll;
}

} // namespace

bool drop_stored_pages(std::byte* memory, uint64_t bytes, PageSearch search) {
	PageRange range{memory, 0, bytes};
	Dropped dropped = search == PageSearch::kScan ? drop_scanned(range) : Dropped::kNotFound;
	if (dropped == Dropped::kNotFound && search != PageSearch::kNone) {
		dropped = drop_listed(range);
	}
	return dropped == Dropped::kNotFound ? drop(range) : dropped == Dropped::kAll;
}

} // namespace ringwire
