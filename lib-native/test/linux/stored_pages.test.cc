// The pages of a private mapping that were stored to.
#include "platform/linux/memory/stored_pages.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "test/law.h"

using namespace ringwire;

namespace {

constexpr uint64_t kPages = 1300; // more than one call finds

struct Mapping {
	Mapping() {
		const int file = memfd_create("pages", MFD_CLOEXEC);
		REQUIRE(ftruncate(file, static_cast<off_t>(bytes)) == 0);
		shared = map(file, MAP_SHARED);
		own = map(file, MAP_PRIVATE);
		close(file);
	}
	Mapping(const Mapping&) = delete;
	Mapping& operator=(const Mapping&) = delete;
	~Mapping() {
		munmap(shared, bytes);
		munmap(own, bytes);
	}
	[[nodiscard]] std::byte* map(int file, int kind) const {
		return static_cast<std::byte*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, file, 0));
	}
	// The pages whose bytes are not those of the file.
	[[nodiscard]] std::set<uint64_t> stale() const {
		std::set<uint64_t> found;
		for (uint64_t i = 0; i < kPages; ++i) {
			if (own[i * page] != shared[i * page]) {
				found.insert(i);
			}
		}
		return found;
	}

	uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
	uint64_t bytes = kPages * page;
	std::byte* shared = nullptr;
	std::byte* own = nullptr;
};

} // namespace

LAW("every way to find stored pages drops those in the range and no others") {
	for (const PageSearch search : {PageSearch::kScan, PageSearch::kPagemap, PageSearch::kNone}) {
		Mapping mapping;
		std::set<uint64_t> stored;
		uint64_t random = 3;
		for (int i = 0; i < 500; ++i) {
			stored.insert(law::next_random(random) % kPages);
		}
		stored.insert({0, 1, 2, kPages - 1});
		for (const uint64_t i : stored) {
			mapping.own[i * mapping.page + 5] = std::byte{1};
		}
		for (uint64_t i = 0; i < kPages; ++i) {
			mapping.shared[i * mapping.page] = std::byte{2};
		}
		CHECK(mapping.stale() == stored);
		CHECK(drop_stored_pages(mapping.own + mapping.page, (kPages - 2) * mapping.page, search));
		CHECK(mapping.stale() == std::set<uint64_t>({0, kPages - 1}));
		CHECK(drop_stored_pages(mapping.own, mapping.bytes, search));
		CHECK(mapping.stale().empty());
	}
}

LAW("stored pages are dropped, or are reported to stay, in a process that locks its memory") {
	Mapping mapping;
	// Copies the pages. The system call itself, because mlock() of the sanitizers does nothing.
	REQUIRE(syscall(SYS_mlock, mapping.own, 4 * mapping.page) == 0);
	mapping.shared[mapping.page] = std::byte{2};
	CHECK(mapping.stale() == std::set<uint64_t>({1}));
	const bool dropped = drop_stored_pages(mapping.own, 4 * mapping.page);
	CHECK(mapping.stale().empty() == dropped);
}
