// Serving all members of a company until something is true that they or another process bring about.
#pragma once

#include <functional>
#include <vector>

#include <poll.h>

#include "test/company.h"

namespace ringwire {

// Tags of the parent's own writers.
inline constexpr uint32_t kFirstWriter = 1;
inline constexpr uint32_t kNextWriter = 2;
inline constexpr uint32_t kBystander = 3;
inline constexpr uint32_t kNewcomer = 4;

// Returns when one of them has something to do, and after a millisecond, as a ledger does not wake anybody.
inline void nap(const std::vector<const Member*>& members) {
	std::vector<pollfd> all;
	for (const Member* member : members) {
		all.push_back({static_cast<int>(member->common().pollable()), POLLIN, 0});
	}
	poll(all.data(), all.size(), 1);
}

inline void wait_until(Company& company, const std::vector<const Member*>& members,
                       const std::function<bool()>& condition) {
	for (;;) {
		company.settle();
		if (condition()) {
			return;
		}
		nap(members);
	}
}

} // namespace ringwire
