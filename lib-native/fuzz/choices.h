// The source of the decisions of a hostile peer: the bytes of libFuzzer's input, or a seeded generator without an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/layout.h"
#include "test/law.h"

namespace fuzz {

class Choices {
public:
	Choices(const uint8_t* bytes, size_t count) : bytes_(bytes), left_(count) {}
	explicit Choices(uint64_t seed) : state_(seed), random_(true) {}

	// The input is used up: every further choice is the harmless one.
	[[nodiscard]] bool exhausted() const { return !random_ && left_ == 0; }
	[[nodiscard]] bool random() const { return random_; }

	uint8_t byte() {
		if (random_) {
			return static_cast<uint8_t>(law::next_random(state_));
		}
		if (left_ == 0) {
			return 0;
		}
		left_ -= 1;
		return *bytes_++;
	}
	uint64_t word() {
		uint64_t value = 0;
		for (int i = 0; i < 8 && !exhausted(); ++i) {
			value = value << 8 | byte();
		}
		return value;
	}
	// In [0, limit).
	uint64_t below(uint64_t limit) { return limit <= 256 ? byte() % limit : word() % limit; }
	// True once in `of`, and false when the input is used up.
	bool once_in(uint64_t of) { return !exhausted() && below(of) == of - 1; }
	void fill(void* target, size_t length) {
		auto* bytes = static_cast<uint8_t*>(target);
		for (size_t i = 0; i < length; ++i) {
			bytes[i] = byte();
		}
	}
	// A value that is likely to do harm in place of `now`: near it, at a limit, far away, or random.
	uint64_t lie(uint64_t now) {
		constexpr uint64_t kCorners[] = {0,
		                                 1,
		                                 7,
		                                 8,
		                                 ringwire::kCapacityMin / 2,
		                                 ringwire::kCapacityMin / 2 + 1,
		                                 ringwire::kCapacityMin - 8,
		                                 ringwire::kCapacityMin,
		                                 ringwire::kCapacityMin + 1,
		                                 INT32_MAX,
		                                 UINT32_MAX,
		                                 uint64_t{1} << 32,
		                                 ringwire::kSequenceMax - 1,
		                                 ringwire::kSequenceMax,
		                                 ringwire::kSequenceMax + 1,
		                                 INT64_MAX,
		                                 uint64_t{1} << 63,
		                                 ~uint64_t{0} - 7,
		                                 ~uint64_t{0} - 1,
		                                 ~uint64_t{0}};
		constexpr int64_t kSteps[] = {1, -1, 2, -2, 8, -8, 16, -16, 64, -64};
		switch (below(4)) {
		case 0:
			return now + static_cast<uint64_t>(kSteps[below(std::size(kSteps))]);
		case 1:
			return kCorners[below(std::size(kCorners))];
		case 2:
			return now + kCorners[below(std::size(kCorners))];
		default:
			return word() >> below(64);
		}
	}

private:
	const uint8_t* bytes_ = nullptr;
	size_t left_ = 0;
	uint64_t state_ = 0;
	bool random_ = false;
};

} // namespace fuzz
