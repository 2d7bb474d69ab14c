// Seeded random numbers: splitmix64. The same seed gives the same numbers on every machine.
#pragma once

#include <bit>
#include <cstdint>

namespace ringwire::simulated {

class Random {
public:
	explicit Random(uint64_t seed) : state_(seed) {}

	[[nodiscard]] uint64_t next() {
		uint64_t z = (state_ += 0x9e37'79b9'7f4a'7c15);
		z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
		z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
		return z ^ (z >> 31);
	}
	// In [0, bound). `bound` is at least 1.
	[[nodiscard]] uint64_t below(uint64_t bound) { return next() % bound; }
	// In [low, high].
	[[nodiscard]] uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
	// True once in `n` times on average. 0: never.
	[[nodiscard]] bool once_in(uint64_t n) { return n != 0 && below(n) == 0; }
	// In [1, 2^bits): each order of magnitude is equally likely.
	[[nodiscard]] uint64_t magnitude(unsigned bits) {
		const uint64_t low = uint64_t{1} << below(bits);
		return low + below(low);
	}

private:
	uint64_t state_;
};

} // namespace ringwire::simulated
