// Copies at all offsets in a page, with lengths on both sides of every limit.
#include "core/copy_bytes.h"

#include <algorithm>
#include <vector>

#include "test/law.h"

using namespace ringwire;

namespace {

constexpr size_t kPage = 4096;
constexpr std::byte kUntouched{0xee};

std::vector<std::byte> pattern(size_t bytes) {
	std::vector<std::byte> made(bytes);
	uint32_t state = 1;
	for (std::byte& one : made) {
		state = state * 1664525 + 1013904223;
		one = static_cast<std::byte>(state >> 24);
	}
	return made;
}

// A buffer at a given offset in a page.
std::byte* at(std::vector<std::byte>& memory, size_t behind_page) {
	const size_t misfit = reinterpret_cast<uintptr_t>(memory.data()) % kPage;
	return memory.data() + (2 * kPage - misfit + behind_page) % kPage + kPage;
}

} // namespace

LAW("a copy has every byte and touches no byte beside it, at every alignment") {
	const size_t longest = (size_t{1} << 20) + 1;
	std::vector<std::byte> from = pattern(longest + 3 * kPage);
	std::vector<std::byte> to(longest + 3 * kPage, kUntouched);
	for (const size_t length :
	     {size_t{0}, size_t{1}, size_t{64}, size_t{2048}, size_t{2049}, size_t{2111}, size_t{2112}, size_t{2113},
	      size_t{4095}, size_t{65'536}, longest - 2, longest - 1, longest}) {
		for (const size_t source_at : {size_t{0}, size_t{8}, kPage - 1}) {
			for (const size_t behind :
			     {size_t{0}, size_t{1}, size_t{8}, size_t{31}, size_t{63}, size_t{64}, kPage - 16}) {
				const std::byte* source = at(from, source_at);
				std::byte* target = at(to, (source_at + behind) % kPage);
				copy_bytes(target, source, length);
				CHECK(std::equal(source, source + length, target));
				CHECK(*(target - 1) == kUntouched && target[length] == kUntouched);
				std::fill_n(target, length, kUntouched);
			}
		}
	}
}
