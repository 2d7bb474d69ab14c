// The private allocator of a pool: chunks of a region, in any order. Two-level segregated fit (TLSF: Masmano, Ripoll, Crespo and Real, "TLSF: a
// new dynamic memory allocator for real-time systems", ECRTS 2004): free blocks are kept in lists by size, with bit maps of the lists that have
// any, so that `free` takes constant time, and `allocate` does unless only a block of about the size is left: then it looks at all free blocks. Its tables are private memory: no peer, and no stray store of the owner, can change them.
//
// It counts in units of 64 bytes. A chunk of 64 KiB or more begins at a page and has whole pages, so that no page of a view belongs to two chunks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace ringwire {

// Part of the region. `block` names it in the allocator.
struct Chunk {
	uint64_t offset = 0;
	uint64_t bytes = 0; // at least those that were asked for
	uint32_t block = 0;
};

class PoolAllocator {
public:
	static constexpr uint64_t kUnitBytes = 64;
	static constexpr uint64_t kPageBytes = 4096;
	static constexpr uint64_t kPagedFrom = uint64_t{64} << 10;

	// `bytes`: a multiple of a page, at most 2^38.
	explicit PoolAllocator(uint64_t bytes);

	[[nodiscard]] std::optional<Chunk> allocate(uint64_t bytes);
	// Gives back what is not needed of an allocated chunk.
	void shrink(Chunk& chunk, uint64_t bytes);
	void free(const Chunk& chunk);

	[[nodiscard]] uint64_t free_bytes() const { return free_units_ * kUnitBytes; }
	// Whether the tables agree with each other. For tests.
	[[nodiscard]] bool consistent() const;

private:
	static constexpr uint32_t kNone = UINT32_MAX;
	static constexpr uint32_t kSplitBits = 5;
	static constexpr uint32_t kSplits = 1U << kSplitBits; // lists for each power of two
	static constexpr uint32_t kClasses = 33 - kSplitBits;

	// A part of the region between two neighbours, in units.
	struct Block {
		uint32_t offset = 0;
		uint32_t size = 0;
		uint32_t before = kNone;
		uint32_t behind = kNone;
		uint32_t previous_free = kNone;
		uint32_t next_free = kNone;
		bool free = false;
	};
	struct Place {
		uint32_t size_class;
		uint32_t split;
	};

	[[nodiscard]] static uint32_t units(uint64_t bytes);
	[[nodiscard]] static bool is_paged(uint32_t size) { return size >= kPagedFrom / kUnitBytes; }
	// The units before a chunk of that size in a free block, so that it begins where it must.
	[[nodiscard]] static uint32_t gap(const Block& block, uint32_t size);
	[[nodiscard]] static Place place(uint32_t size);
	// A free block with that size at least. Constant time: it may overlook one that is only a little larger.
	[[nodiscard]] uint32_t find(uint32_t size) const;
	[[nodiscard]] uint32_t first_of_list_from(Place from) const;
	// Any block that has room: one that is only a little larger, or lies at the right place for a chunk that begins at a page.
	[[nodiscard]] uint32_t find_by_place(uint32_t size) const;

	[[nodiscard]] uint32_t make_block();
	void link(uint32_t index);
	void unlink(uint32_t index);
	// Cuts off what lies behind `size` units and makes it free.
	void cut(uint32_t index, uint32_t size);
	// Joins a block with the one behind it.
	void join(uint32_t index);
	void release(uint32_t index);

	std::vector<Block> blocks_;
	std::vector<uint32_t> unused_; // elements of blocks_
	uint32_t lists_[kClasses][kSplits];
	uint32_t splits_[kClasses] = {}; // bit s: lists_[c][s] is not empty
	uint32_t classes_ = 0;           // bit c: splits_[c] is not 0
	uint64_t free_units_ = 0;
};

} // namespace ringwire
