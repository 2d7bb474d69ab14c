// Serves all members of a company until a condition is true, which they or another process fulfil.
#pragma once

#include <functional>
#include <vector>

#include <poll.h>

#include "test/company.h"

namespace ringwire {

// Tags of the parent's writers.
inline constexpr uint32_t kFirstWriter = 1;
inline constexpr uint32_t kNextWriter = 2;
inline constexpr uint32_t kBystander = 3;
inline constexpr uint32_t kNewcomer = 4;

// Returns when a member is ready, and after a millisecond, because a change of a ledger wakes no process.
inline void wait_for_member(const std::vector<const Member*>& members) {
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
		wait_for_member(members);
	}
}

} // namespace ringwire
