// Serves all members of a company until a condition is true, which they or another process fulfil.
#pragma once

#include <functional>
#include <vector>

#include "test/company.h"

namespace ringwire {

// Tags of the parent's writers.
inline constexpr uint32_t kFirstWriter = 1;
inline constexpr uint32_t kNextWriter = 2;
inline constexpr uint32_t kBystander = 3;
inline constexpr uint32_t kNewcomer = 4;

// Returns when a member is busy, and after a millisecond, because a change of a ledger wakes no process.
inline void wait_for_member(const std::vector<const Member*>& members) {
	wait_for_any(members, 1'000'000);
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
