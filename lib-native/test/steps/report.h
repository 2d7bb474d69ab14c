// Failure reports of the kill matrix. Many cases run in one process, and some failures happen in the victim, so that each report
// names its case.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

#include <unistd.h>

namespace ringwire {

inline std::string case_name;
// The failure count of this process. That of the victim is in its ledger.
inline std::atomic<uint32_t> own_complaints{0};
inline std::atomic<uint32_t>* complaints = &own_complaints;

inline void complain(const char* file, int line, const char* what) {
	*complaints += 1;
	std::fprintf(stderr, "  %s:%d: not true in '%s': %s\n", file, line, case_name.c_str(), what);
}

} // namespace ringwire

#define EXPECT(condition) ((condition) ? void() : ringwire::complain(__FILE__, __LINE__, #condition))
