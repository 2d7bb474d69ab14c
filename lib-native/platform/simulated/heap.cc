#include "platform/simulated/heap.h"

#include <bit>
#include <cstdlib>
#include <new>

namespace ringwire::simulated {

namespace {

constexpr size_t kChunkBytes = size_t{256} << 10;
constexpr size_t kSizeMin = 32;

size_t class_of(size_t bytes) {
	return static_cast<size_t>(std::bit_width((bytes - 1) / kSizeMin));
}

} // namespace

// Before every block. `heap` is null for a block of the simulator.
struct alignas(16) Heap::Header {
	Heap* heap;
	union {
		size_t size_class;
		Header* next;
	};
};

Heap::~Heap() {
	reset();
	for (char* chunk : chunks_) {
		std::free(chunk);
	}
}

void Heap::reset() {
	free_ = {};
	chunk_ = 0;
	used_ = 0;
	for (char* block : large_) {
		std::free(block);
	}
	large_.clear();
}

Heap::Header* Heap::carve(size_t bytes) {
	const Outside outside;
	if (bytes > kChunkBytes) {
		large_.push_back(static_cast<char*>(std::malloc(bytes)));
		return reinterpret_cast<Header*>(large_.back());
	}
	if (!chunks_.empty() && used_ + bytes > kChunkBytes) {
		chunk_ += 1;
		used_ = 0;
	}
	if (chunk_ == chunks_.size()) {
		chunks_.push_back(static_cast<char*>(std::malloc(kChunkBytes)));
	}
	char* block = chunks_[chunk_] + used_;
	used_ += bytes;
	return reinterpret_cast<Header*>(block);
}

void* Heap::take(size_t bytes) {
	const size_t size_class = class_of(bytes);
	Header* block = free_[size_class];
	if (block != nullptr) {
		free_[size_class] = block->next;
	} else {
		block = carve((kSizeMin << size_class) + sizeof(Header));
		block->heap = this;
	}
	block->size_class = size_class;
	return block + 1;
}

void* Heap::allocate(size_t bytes) {
	bytes = bytes == 0 ? 1 : bytes;
	if (current_ != nullptr) {
		return current_->take(bytes);
	}
	auto* block = static_cast<Header*>(std::malloc(bytes + sizeof(Header)));
	if (block == nullptr) {
		std::abort();
	}
	block->heap = nullptr;
	return block + 1;
}

void Heap::free(void* pointer) {
	if (pointer == nullptr) {
		return;
	}
	Header* block = static_cast<Header*>(pointer) - 1;
	Heap* heap = block->heap;
	if (heap == nullptr) {
		std::free(block);
		return;
	}
	const size_t size_class = block->size_class;
	block->next = heap->free_[size_class];
	heap->free_[size_class] = block;
}

} // namespace ringwire::simulated

void* operator new(std::size_t bytes) {
	return ringwire::simulated::Heap::allocate(bytes);
}
void* operator new[](std::size_t bytes) {
	return ringwire::simulated::Heap::allocate(bytes);
}
void operator delete(void* pointer) noexcept {
	ringwire::simulated::Heap::free(pointer);
}
void operator delete[](void* pointer) noexcept {
	ringwire::simulated::Heap::free(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept {
	ringwire::simulated::Heap::free(pointer);
}
void operator delete[](void* pointer, std::size_t) noexcept {
	ringwire::simulated::Heap::free(pointer);
}
