// Uses up the mappings that the kernel allows a process, during its lifetime.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace ringwire {

class MappingLimit {
public:
	// `spare` mappings can still be made, or some more, because freed ones may merge with their neighbours.
	explicit MappingLimit(size_t spare = 0) {
		// Adjacent pages with different rights cannot be one mapping. Reserved at once, because the list allocates memory too.
		bytes_ = size_t{1} << 30;
		area_ = static_cast<std::byte*>(
			mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
		for (size_t at = kPage; area_ != MAP_FAILED && at < bytes_; at += 2 * kPage) {
			if (mprotect(area_ + at, kPage, PROT_READ) != 0) {
				reached_ = true;
				last_ = at;
				break;
			}
		}
		// A split of a mapping fails a little earlier than a new one.
		for (void*& page : pages_) {
			page = mmap(nullptr, kPage, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		}
		give_back(spare);
	}
	MappingLimit(const MappingLimit&) = delete;
	MappingLimit& operator=(const MappingLimit&) = delete;
	~MappingLimit() {
		munmap(area_, bytes_);
		for (void* page : pages_) {
			if (page != MAP_FAILED) {
				munmap(page, kPage);
			}
		}
	}

	[[nodiscard]] bool reached() const { return reached_; }
	void give_back(size_t count) {
		for (size_t i = 0; i < count && last_ > 2 * kPage; i += 2) {
			last_ -= 2 * kPage;
			mprotect(area_ + last_, kPage, PROT_NONE);
		}
	}

private:
	static constexpr size_t kPage = 4096;
	std::byte* area_ = nullptr;
	std::array<void*, 4> pages_{};
	size_t bytes_ = 0;
	size_t last_ = 0;
	bool reached_ = false;
};

} // namespace ringwire
