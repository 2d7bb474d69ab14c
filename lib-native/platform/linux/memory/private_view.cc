// A private view is a mapping whose pages the kernel copies before a store.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "platform/linux/memory/retired_ranges.h"
#include "platform/linux/memory/stored_pages.h"
#include "platform/region.h"

namespace ringwire {

namespace {

uint64_t page_bytes() {
	static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
	return bytes;
}

// The pages that have at least one of these bytes.
struct Pages {
	Pages(uint64_t offset, uint64_t length)
		: begin(offset & ~(page_bytes() - 1)), end((offset + length + page_bytes() - 1) & ~(page_bytes() - 1)) {}
	uint64_t begin;
	uint64_t end;
};

} // namespace

PrivateView::~PrivateView() {
	if (memory_ == nullptr || !mapper_.is_of_this_process()) {
		return;
	}
	if (is_open_) {
		retire_range(memory_, bytes_); // JavaScript may have called code that has an address of it
	} else {
		munmap(memory_, bytes_);
	}
}

bool PrivateView::open() {
	if (!is_open_ && memory_ != nullptr && mapper_.is_of_this_process()) {
		// In a process that locks its memory the kernel would copy the whole lane at once.
		is_open_ = munlock(memory_, bytes_) == 0 && mprotect(memory_, bytes_, PROT_READ | PROT_WRITE) == 0;
	}
	return is_open_ && !is_clear_;
}

// A page that was stored to has become a copy and does not follow the peer's stores. A message that lies in the same page and is still lent loses
// nothing when the copy goes: its bytes in the peer's memory are those that it was lent with.
bool PrivateView::renew(uint64_t offset, uint64_t length) {
	const Pages pages(offset, length);
	return drop_stored_pages(memory_ + pages.begin, pages.end - pages.begin);
}

void PrivateView::separate(uint64_t offset, uint64_t length) {
	const Pages pages(offset, length);
	for (uint64_t at = pages.begin; at < pages.end; at += page_bytes()) {
		volatile std::byte* first = memory_ + at;
		*first = *first;
	}
}

void PrivateView::clear() {
	if (memory_ == nullptr || is_clear_ || !mapper_.is_of_this_process()) {
		return;
	}
	if (!is_open_) {
		munmap(memory_, bytes_);
		memory_ = nullptr;
		return;
	}
	constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
	is_clear_ = true;
	if (mmap(memory_, bytes_, PROT_READ | PROT_WRITE, kAnonymous, -1, 0) == MAP_FAILED) {
		memory_ =
			nullptr; // older kernels may have unmapped it, and another mapping may be there soon: it is left alone
	}
}

} // namespace ringwire
