#include "core/pool/pool_allocator.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace ringwire {

PoolAllocator::PoolAllocator(uint64_t bytes) {
	assert(bytes > 0 && bytes % kPageBytes == 0 && bytes / kUnitBytes < kNone);
	for (auto& size_class : lists_) {
		std::fill(std::begin(size_class), std::end(size_class), kNone);
	}
	const uint32_t all = make_block();
	blocks_[all].size = units(bytes);
	free_units_ = blocks_[all].size;
	link(all);
}

uint32_t PoolAllocator::units(uint64_t bytes) {
	const uint64_t size = std::max<uint64_t>((bytes + kUnitBytes - 1) / kUnitBytes, 1);
	constexpr uint64_t kPageUnits = kPageBytes / kUnitBytes;
	return static_cast<uint32_t>(size * kUnitBytes < kPagedFrom ? size
	                                                            : (size + kPageUnits - 1) / kPageUnits * kPageUnits);
}

uint32_t PoolAllocator::gap(const Block& block, uint32_t size) {
	constexpr uint32_t kPageUnits = kPageBytes / kUnitBytes;
	return is_paged(size) ? (kPageUnits - block.offset % kPageUnits) % kPageUnits : 0;
}

// Sizes below kSplits have a list each. Every greater power of two is divided into kSplits lists of equal width.
PoolAllocator::Place PoolAllocator::place(uint32_t size) {
	if (size < kSplits) {
		return {0, size};
	}
	const auto power = static_cast<uint32_t>(std::bit_width(size)) - 1;
	return {power - kSplitBits + 1, (size >> (power - kSplitBits)) - kSplits};
}

uint32_t PoolAllocator::first_of_list_from(Place from) const {
	const uint32_t same = from.split < kSplits ? splits_[from.size_class] & (~uint32_t{0} << from.split) : 0;
	if (same != 0) {
		return lists_[from.size_class][std::countr_zero(same)];
	}
	const uint64_t greater = from.size_class + 1 < kClasses ? classes_ & (~uint64_t{0} << (from.size_class + 1)) : 0;
	if (greater == 0) {
		return kNone;
	}
	const auto size_class = static_cast<uint32_t>(std::countr_zero(greater));
	return lists_[size_class][std::countr_zero(splits_[size_class])];
}

uint32_t PoolAllocator::find(uint32_t size) const {
	uint64_t rounded = size;
	if (size >= kSplits) {
		rounded += (uint64_t{1} << (static_cast<uint32_t>(std::bit_width(size)) - 1 - kSplitBits)) - 1;
	}
	return rounded < kNone ? first_of_list_from(place(static_cast<uint32_t>(rounded))) : kNone;
}

uint32_t PoolAllocator::find_by_place(uint32_t size) const {
	for (Place at = place(size); at.size_class < kClasses; at = {at.size_class + 1, 0}) {
		for (; at.split < kSplits; ++at.split) {
			for (uint32_t index = lists_[at.size_class][at.split]; index != kNone; index = blocks_[index].next_free) {
				if (blocks_[index].size >= size + gap(blocks_[index], size)) {
					return index;
				}
			}
		}
	}
	return kNone;
}

std::optional<Chunk> PoolAllocator::allocate(uint64_t bytes) {
	if (bytes > free_bytes()) {
		return std::nullopt;
	}
	const uint32_t size = units(bytes);
	const uint32_t gap_max = is_paged(size) ? kPageBytes / kUnitBytes - 1 : 0;
	uint32_t index = find(size + gap_max);
	if (index == kNone) {
		index = find_by_place(size);
	}
	if (index == kNone) {
		return std::nullopt;
	}
	unlink(index);
	blocks_[index].free = false;
	if (const uint32_t before = gap(blocks_[index], size); before > 0) {
		cut(index, before);
		const uint32_t aligned = blocks_[index].behind;
		unlink(aligned);
		blocks_[aligned].free = false;
		blocks_[index].free = true;
		link(index);
		index = aligned;
	}
	cut(index, size);
	free_units_ -= size;
	return Chunk{blocks_[index].offset * kUnitBytes, size * kUnitBytes, index};
}

void PoolAllocator::shrink(Chunk& chunk, uint64_t bytes) {
	const uint32_t size = std::min(units(bytes), blocks_[chunk.block].size);
	free_units_ += blocks_[chunk.block].size - size;
	cut(chunk.block, size);
	chunk.bytes = size * kUnitBytes;
}

void PoolAllocator::free(const Chunk& chunk) {
	assert(!blocks_[chunk.block].free);
	free_units_ += blocks_[chunk.block].size;
	release(chunk.block);
}

// Makes a block that is in no list free, joined with its free neighbours.
void PoolAllocator::release(uint32_t index) {
	if (const uint32_t behind = blocks_[index].behind; behind != kNone && blocks_[behind].free) {
		unlink(behind);
		join(index);
	}
	if (const uint32_t before = blocks_[index].before; before != kNone && blocks_[before].free) {
		unlink(before);
		join(before);
		index = before;
	}
	blocks_[index].free = true;
	link(index);
}

void PoolAllocator::cut(uint32_t index, uint32_t size) {
	if (blocks_[index].size == size) {
		return;
	}
	const uint32_t rest = make_block();
	Block& block = blocks_[index];
	blocks_[rest].offset = block.offset + size;
	blocks_[rest].size = block.size - size;
	blocks_[rest].before = index;
	blocks_[rest].behind = block.behind;
	if (block.behind != kNone) {
		blocks_[block.behind].before = rest;
	}
	block.behind = rest;
	block.size = size;
	release(rest);
}

void PoolAllocator::join(uint32_t index) {
	Block& block = blocks_[index];
	const uint32_t gone = block.behind;
	block.size += blocks_[gone].size;
	block.behind = blocks_[gone].behind;
	if (block.behind != kNone) {
		blocks_[block.behind].before = index;
	}
	unused_.push_back(gone);
}

uint32_t PoolAllocator::make_block() {
	if (unused_.empty()) {
		blocks_.emplace_back();
		return static_cast<uint32_t>(blocks_.size() - 1);
	}
	const uint32_t index = unused_.back();
	unused_.pop_back();
	blocks_[index] = Block{};
	return index;
}

void PoolAllocator::link(uint32_t index) {
	Block& block = blocks_[index];
	block.free = true;
	const auto [size_class, split] = place(block.size);
	uint32_t& head = lists_[size_class][split];
	block.previous_free = kNone;
	block.next_free = head;
	if (head != kNone) {
		blocks_[head].previous_free = index;
	}
	head = index;
	splits_[size_class] |= 1U << split;
	classes_ |= 1U << size_class;
}

void PoolAllocator::unlink(uint32_t index) {
	const Block& block = blocks_[index];
	const auto [size_class, split] = place(block.size);
	if (block.previous_free == kNone) {
		lists_[size_class][split] = block.next_free;
	} else {
		blocks_[block.previous_free].next_free = block.next_free;
	}
	if (block.next_free != kNone) {
		blocks_[block.next_free].previous_free = block.previous_free;
	}
	if (lists_[size_class][split] == kNone) {
		splits_[size_class] &= ~(1U << split);
		if (splits_[size_class] == 0) {
			classes_ &= ~(1U << size_class);
		}
	}
}

bool PoolAllocator::consistent() const {
	uint64_t free_units = 0;
	uint64_t free_blocks = 0;
	uint64_t units_seen = 0;
	uint32_t first = kNone;
	for (uint32_t index = 0; index < blocks_.size(); ++index) {
		if (blocks_[index].offset == 0 && blocks_[index].before == kNone &&
		    std::find(unused_.begin(), unused_.end(), index) == unused_.end()) {
			first = index;
		}
	}
	for (uint32_t index = first; index != kNone; index = blocks_[index].behind) {
		const Block& block = blocks_[index];
		const bool joined = block.behind == kNone || !(block.free && blocks_[block.behind].free);
		if (block.offset != units_seen || block.size == 0 || !joined ||
		    (block.behind != kNone && blocks_[block.behind].before != index)) {
			return false;
		}
		units_seen += block.size;
		free_units += block.free ? block.size : 0;
		free_blocks += block.free ? 1 : 0;
	}
	for (uint32_t size_class = 0; size_class < kClasses; ++size_class) {
		for (uint32_t split = 0; split < kSplits; ++split) {
			const uint32_t head = lists_[size_class][split];
			if ((head != kNone) != ((splits_[size_class] >> split & 1) != 0)) {
				return false;
			}
			for (uint32_t index = head; index != kNone; index = blocks_[index].next_free, --free_blocks) {
				const auto [own_class, own_split] = place(blocks_[index].size);
				if (free_blocks == 0 || !blocks_[index].free || own_class != size_class || own_split != split) {
					return false;
				}
			}
		}
		if ((splits_[size_class] != 0) != ((classes_ >> size_class & 1) != 0)) {
			return false;
		}
	}
	return first != kNone && free_blocks == 0 && free_units == free_units_;
}

} // namespace ringwire
