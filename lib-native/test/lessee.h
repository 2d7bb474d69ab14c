// A reader that uses messages at their place.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "test/company.h"

namespace ringwire {

inline constexpr uint32_t kViewMin = 1000;
inline constexpr uint64_t kMessageMax = kCapacityMin / 2;

// A reader that leases. Small messages are copied to a slab.
class Lessee {
public:
	explicit Lessee(TestReader& reader) : reader_(reader) {}

	// The next message, as `read` of TestReader.
	Leased lease(uint32_t view_min = kViewMin) {
		Leased leased = reader_.endpoint.read_lease(slab_.data(), 0, slab_.size(), view_min);
		reader_.take_events();
		return leased;
	}
	[[nodiscard]] std::string text(const Leased& leased) const {
		const std::byte* bytes = leased.kind == Leased::Kind::kView ? leased.bytes : slab_.data() + leased.slot.begin;
		return {reinterpret_cast<const char*>(bytes), leased.length};
	}

private:
	TestReader& reader_;
	std::vector<std::byte> slab_ = std::vector<std::byte>(kMessageMax);
};

inline std::string large(char letter, size_t length = kMessageMax / 4) {
	return std::string(length, letter);
}

inline bool all_zero(const Leased& leased) {
	return std::all_of(leased.bytes, leased.bytes + leased.length, [](std::byte byte) { return byte == std::byte{0}; });
}

} // namespace ringwire
