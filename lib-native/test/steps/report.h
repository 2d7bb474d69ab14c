// How the cases of the kill matrix say what went wrong: many run after each other in one process, and some of it happens in the
// victim, so each complaint names its case.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

#include <unistd.h>

namespace ringwire {

inline std::string case_name;
// Where this process counts its complaints; the victim's are in its ledger.
inline std::atomic<uint32_t> own_complaints{0};
inline std::atomic<uint32_t>* complaints = &own_complaints;

inline void complain(const char* file, int line, const char* what) {
	*complaints += 1;
	std::fprintf(stderr, "  %s:%d: not true in '%s': %s\n", file, line, case_name.c_str(), what);
}

} // namespace ringwire

#define EXPECT(condition) ((condition) ? void() : ringwire::complain(__FILE__, __LINE__, #condition))
