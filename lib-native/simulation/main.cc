// The simulation: out/simulated/simulation/lives.
//
//   lives --seconds N [--seed S]   lives from seed S on, for so long; prints how many, and fails at the first violation
//   lives --lives N [--seed S]     so many lives
//   lives --trace SEED             one life, with everything that happens in it
//   --ignore LAW[,LAW...]          violations of these laws do not count
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>

#include "core/step.h"
#include "platform/simulated/scheduler.h"
#include "simulation/life.h"

namespace {

using ringwire::simulation::LifeReport;
using ringwire::simulation::run_life;
using ringwire::simulation::Violation;

// A life is led twice once in so many lives, to see that its seed decides everything.
constexpr uint64_t kRepeatEvery = 64;

struct Options {
	double seconds = 0;
	uint64_t lives = 0;
	uint64_t seed = 0;
	bool has_seed = false;
	bool trace = false;
	bool go_on = false;
	std::string ignored;
};

bool parse(int argc, char** argv, Options& options) {
	for (int i = 1; i < argc; ++i) {
		const std::string name = argv[i];
		if (name == "--go-on") {
			options.go_on = true;
			continue;
		}
		if (i + 1 == argc) {
			return false;
		}
		const char* value = argv[++i];
		if (name == "--seconds") {
			options.seconds = std::strtod(value, nullptr);
		} else if (name == "--lives") {
			options.lives = std::strtoull(value, nullptr, 0);
		} else if (name == "--seed" || name == "--trace") {
			options.seed = std::strtoull(value, nullptr, 0);
			options.has_seed = true;
			options.trace = name == "--trace";
		} else if (name == "--ignore") {
			options.ignored = "," + std::string(value) + ",";
		} else {
			return false;
		}
	}
	return options.seconds > 0 || options.lives > 0 || options.trace;
}

bool counts(const Options& options, const Violation& violation) {
	return options.ignored.find("," + violation.law + ",") == std::string::npos;
}

void hook_steps() {
	ringwire::Step::on_reached = [](const ringwire::Step& step) {
		ringwire::simulated::scheduler().step(step.name, step.index);
	};
}

int run_all(const Options& options) {
	using Clock = std::chrono::steady_clock;
	const auto begin = Clock::now();
	const auto elapsed = [begin] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
	uint64_t seed = options.has_seed ? options.seed : (uint64_t{std::random_device{}()} << 20);
	std::printf("seeds from %" PRIu64 "\n", seed);
	LifeReport sum;
	uint64_t lives = 0;
	uint64_t bad = 0;
	std::map<std::string, std::pair<uint64_t, uint64_t>> by_law; // how often, and the first seed
	for (; options.lives != 0 ? lives < options.lives : elapsed() < options.seconds; ++seed, ++lives) {
		LifeReport report = run_life(seed, false);
		if (lives % kRepeatEvery == 0 && run_life(seed, false).trace_hash != report.trace_hash) {
			report.violations.push_back({"repeatable", "the second life of this seed had another trace"});
		}
		sum.points += report.points;
		sum.messages += report.messages;
		sum.kills += report.kills;
		sum.stops += report.stops;
		sum.links += report.links;
		sum.trace_hash ^= report.trace_hash;
		bool is_bad = false;
		for (const Violation& violation : report.violations) {
			if (!counts(options, violation)) {
				continue;
			}
			is_bad = true;
			auto& entry = by_law.try_emplace(violation.law, 0, seed).first->second;
			entry.first += 1;
			if (entry.first == 1 || !options.go_on) {
				std::printf("seed %" PRIu64 ": %s: %s\n", seed, violation.law.c_str(), violation.what.c_str());
			}
		}
		bad += is_bad ? 1 : 0;
		if (is_bad && !options.go_on) {
			std::printf("%" PRIu64 " lives, %.1f s; repeat with --trace %" PRIu64 "\n", lives + 1, elapsed(), seed);
			return EXIT_FAILURE;
		}
	}
	for (const auto& [law, entry] : by_law) {
		std::printf("  %-16s %8" PRIu64 " violations, the first with seed %" PRIu64 "\n", law.c_str(), entry.first,
		            entry.second);
	}
	std::printf("%" PRIu64 " lives, %" PRIu64 " with violations, in %.1f s: %.0f a second; %" PRIu64 " points, %" PRIu64
	            " links, %" PRIu64 " messages, %" PRIu64 " kills, %" PRIu64 " stops; trace %016" PRIx64 "\n",
	            lives, bad, elapsed(), static_cast<double>(lives) / elapsed(), sum.points, sum.links, sum.messages,
	            sum.kills, sum.stops, sum.trace_hash);
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv) {
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	Options options;
	if (!parse(argc, argv, options)) {
		std::fprintf(stderr,
		             "usage: lives --seconds N | --lives N | --trace SEED [--seed S] [--ignore LAWS] [--go-on]\n");
		return 2;
	}
	hook_steps();
	if (options.trace) {
		const LifeReport report = run_life(options.seed, true);
		for (const Violation& violation : report.violations) {
			std::printf("%s: %s\n", violation.law.c_str(), violation.what.c_str());
		}
		std::printf("trace %016" PRIx64 "\n", report.trace_hash);
		return report.violations.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	return run_all(options);
}
