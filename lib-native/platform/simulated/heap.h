// The heap of a simulated process: freed as a whole, since a killed process runs no destructors. While a heap is in use,
// operator new takes from it. `Outside` switches to the heap of the simulator, for everything that outlives the process.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace ringwire::simulated {

class Heap {
public:
	Heap() = default;
	Heap(const Heap&) = delete;
	Heap& operator=(const Heap&) = delete;
	~Heap();

	// Forgets everything that was allocated from it.
	void reset();

	[[nodiscard]] static Heap* current() { return current_; }
	static void use(Heap* heap) { current_ = heap; }
	[[nodiscard]] static void* allocate(size_t bytes);
	static void free(void* pointer);

	class Outside {
	public:
		Outside() : before_(current_) { current_ = nullptr; }
		Outside(const Outside&) = delete;
		Outside& operator=(const Outside&) = delete;
		~Outside() { current_ = before_; }

	private:
		Heap* before_;
	};

private:
	// Sizes are rounded up to powers of two from 32 bytes on.
	static constexpr size_t kClasses = 32;
	struct Header;

	[[nodiscard]] void* take(size_t bytes);
	[[nodiscard]] Header* carve(size_t bytes);

	std::array<Header*, kClasses> free_{};
	std::vector<char*> chunks_; // of kChunkBytes each
	size_t chunk_ = 0;          // the one that is being carved
	size_t used_ = 0;           // bytes of it
	std::vector<char*> large_;

	static inline Heap* current_ = nullptr;
};

} // namespace ringwire::simulated
