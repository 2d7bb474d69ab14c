// The test harness. A test is a law. Its name is the sentence that it checks:
//
//   LAW("a message that does not fit before the end starts at 0") {
//       REQUIRE(writer.try_write(message));   // ends this law if it is false
//       CHECK(writer.next() == 1);            // reports a failure and continues
//   }
//
// The main function is in `law.cc`. It runs all laws, or those whose name or file contains the first argument. A law that
// hangs is aborted with its name after 120 seconds: a watchdog, not a bound on speed.
#pragma once

#include <cstdint>

namespace law {

struct Law {
	Law(const char* name, const char* file, void (*body)());
	const char* name;
	const char* file;
	void (*body)();
	Law* next = nullptr;
};

// Another main function, used when the first argument is `name`. So a law can start a process of the same binary.
struct Alias {
	Alias(const char* name, int (*main)(int, char**));
	const char* name;
	int (*main)(int, char**);
	Alias* next = nullptr;
};

// Counts a failure of the current law and prints its place. Callable from any thread.
void fail(const char* file, int line, const char* condition);

// The seed of all random numbers. Printed once. Set RINGWIRE_SEED to repeat a run.
[[nodiscard]] uint64_t seed();

// splitmix64: the next number of a sequence that begins with `state`, such as seed() plus a constant.
[[nodiscard]] inline uint64_t next_random(uint64_t& state) {
	uint64_t z = (state += 0x9e37'79b9'7f4a'7c15);
	z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
	z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
	return z ^ (z >> 31);
}

} // namespace law

#define LAW_JOIN_(a, b) a##b
#define LAW_JOIN(a, b) LAW_JOIN_(a, b)

#define LAW(name)                                                                                                      \
	static void LAW_JOIN(law_body_, __LINE__)();                                                                       \
	static law::Law LAW_JOIN(law_, __LINE__)(name, __FILE__, &LAW_JOIN(law_body_, __LINE__));                          \
	static void LAW_JOIN(law_body_, __LINE__)()

#define CHECK(condition) ((condition) ? void() : law::fail(__FILE__, __LINE__, #condition))

// Returns from the enclosing function if the condition is false.
#define REQUIRE(condition)                                                                                             \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			law::fail(__FILE__, __LINE__, #condition);                                                                 \
			return;                                                                                                    \
		}                                                                                                              \
	} while (false)
