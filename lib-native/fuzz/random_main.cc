// Runs a scene with seeded choices: --runs N, or --seconds N, from --seed S on. Run i of seed S is run 0 of seed S + i.
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "fuzz/target.h"
#include "platform/clock.h"

namespace {

constexpr unsigned kWatchdogSeconds = 60;

uint64_t current_seed = 0;

void print_seed(int signal) {
	char text[64];
	const int length = std::snprintf(text, sizeof text, "run again with --runs 1 --seed %" PRIu64 "\n", current_seed);
	(void)!write(STDERR_FILENO, text, static_cast<size_t>(length));
	std::signal(signal, SIG_DFL);
	std::raise(signal);
}

} // namespace

int main(int argc, char** argv) {
	uint64_t runs = 1000;
	uint64_t seconds = 0;
	uint64_t seed = 1;
	for (int i = 1; i + 1 < argc; i += 2) {
		const uint64_t value = std::strtoull(argv[i + 1], nullptr, 0);
		(std::strcmp(argv[i], "--runs") == 0 ? runs : std::strcmp(argv[i], "--seconds") == 0 ? seconds : seed) = value;
	}
	std::signal(SIGABRT, print_seed);
	std::signal(SIGSEGV, print_seed);
	std::signal(SIGBUS, print_seed);
	std::signal(SIGALRM, [](int) { std::abort(); }); // a hang
	const uint64_t end = ringwire::monotonic_nanos() + seconds * 1'000'000'000;
	uint64_t done = 0;
	for (; seconds > 0 ? ringwire::monotonic_nanos() < end : done < runs; ++done) {
		current_seed = seed + done;
		alarm(kWatchdogSeconds);
		fuzz::Choices choices(current_seed * 0x9e37'79b9'7f4a'7c15);
		fuzz::attack(choices);
	}
	std::printf("  %12" PRIu64 "  runs from seed %" PRIu64 " on\n", done, seed);
	fuzz::print_tried();
	return done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
