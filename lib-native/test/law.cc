// The main function of the program with the tests. Runs the registered laws.
#include "test/law.h"

#include <atomic>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include <sys/resource.h>
#include <unistd.h>

namespace {

constexpr unsigned kWatchdogSeconds = 120;

law::Law* first = nullptr;
law::Law** last = &first;
law::Alias* aliases = nullptr;
const law::Law* running = nullptr;
std::atomic<int> failures{0};

// Calls only functions that are allowed in a signal handler.
void on_alarm(int) {
	constexpr char kBefore[] = "WATCHDOG  this law hangs: ";
	(void)!write(STDERR_FILENO, kBefore, sizeof kBefore - 1);
	(void)!write(STDERR_FILENO, running->name, std::strlen(running->name));
	(void)!write(STDERR_FILENO, "\n", 1);
	std::abort();
}

// Some laws fill backlogs, or have many endpoints.
void allow_many_descriptors() {
	rlimit limit{};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

bool holds(const law::Law& law) {
	running = &law;
	failures = 0;
	alarm(kWatchdogSeconds);
	law.body();
	alarm(0);
	if (failures != 0) {
		std::printf("  FAILED  %s (%s)\n", law.name, law.file);
	}
	return failures == 0;
}

} // namespace

namespace law {

Law::Law(const char* law_name, const char* law_file, void (*law_body)())
	: name(law_name), file(law_file), body(law_body) {
	*last = this;
	last = &next;
}

Alias::Alias(const char* alias_name, int (*alias_main)(int, char**))
	: name(alias_name), main(alias_main), next(aliases) {
	aliases = this;
}

void fail(const char* file, int line, const char* condition) {
	++failures;
	std::fprintf(stderr, "  %s:%d: not true: %s\n", file, line, condition);
}

uint64_t seed() {
	static const uint64_t value = [] {
		const char* given = std::getenv("RINGWIRE_SEED");
		const uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
		std::printf("  RINGWIRE_SEED=%" PRIu64 "\n", chosen);
		return chosen;
	}();
	return value;
}

} // namespace law

int main(int argc, char** argv) {
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	for (const law::Alias* alias = aliases; argc > 1 && alias != nullptr; alias = alias->next) {
		if (std::strcmp(alias->name, argv[1]) == 0) {
			return alias->main(argc - 1, argv + 1);
		}
	}
	allow_many_descriptors();
	std::signal(SIGALRM, on_alarm);
	int passed = 0;
	int failed = 0;
	for (const law::Law* law = first; law != nullptr; law = law->next) {
		if (argc > 1 && std::strstr(law->name, argv[1]) == nullptr && std::strstr(law->file, argv[1]) == nullptr) {
			continue;
		}
		++(holds(*law) ? passed : failed);
	}
	std::printf("  %d passed, %d failed\n", passed, failed);
	return failed == 0 && passed + failed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
