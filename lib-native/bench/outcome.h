// The result of a benchmark program: one line of JSON with the same keys as in bench/session.ts.
#pragma once

#include <cstdint>
#include <cstdio>

#include <sys/resource.h>

#include "platform/clock.h"

namespace ringwire {

[[nodiscard]] inline uint64_t cpu_micros(int processes) {
	rusage usage{};
	getrusage(processes, &usage);
	const auto micros = [](const timeval& time) {
		return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec);
	};
	return micros(usage.ru_utime) + micros(usage.ru_stime);
}

inline void print_outcome(uint64_t messages, uint64_t nanos, uint64_t cpu, const char* more = "") {
	const double seconds = static_cast<double>(nanos) / 1e9;
	std::printf(R"({"messages":%llu,"seconds":%.9f,"writeSeconds":%.9f,"delivered":%llu,"cpuMicros":%llu%s})",
	            static_cast<unsigned long long>(messages), seconds, seconds, static_cast<unsigned long long>(messages),
	            static_cast<unsigned long long>(cpu), more);
}

} // namespace ringwire
