// The pages of a private mapping of a file that were stored to: the kernel has replaced them by copies.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringwire {

// How the kernel is asked for them. Each falls back to the next one.
enum class PageSearch : uint8_t {
	kScan,    // one call, from Linux 6.7 on
	kPagemap, // a word for each page
	kNone,    // all pages are taken for stored to
};

// Drops the copies: the pages are those of the file again. `memory` is the beginning of a page. Any thread may call it. False: the kernel keeps
// some, as before Linux 5.18 in a process with locked memory.
[[nodiscard]] bool drop_stored_pages(std::byte* memory, uint64_t bytes, PageSearch search = PageSearch::kScan);

} // namespace ringwire
