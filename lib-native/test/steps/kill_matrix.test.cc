// Every step of the native code x every life that reaches it x {killed, stopped and continued} x {the first time, the second, a
// late one}. Each case is a process of its own among survivors with known expectations.
#include <cstdlib>
#include <cstring>
#include <map>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "test/law.h"
#include "test/steps/scene.h"

using namespace ringwire;

namespace {

constexpr int kWorkers = 4;
constexpr unsigned kCaseSecondsMax = 60; // a watchdog, not a bound on speed

struct Case {
	const Life* life;
	Blow blow;
};

// How often a victim reaches a step depends on timing. A case whose victim does not come there the second time or so late is played
// again, and then with earlier arrivals; the first arrival gets more attempts, and those at a step that no case has hit yet the most.
constexpr int kTriesOfTheLateMax = 5;
constexpr int kTriesOfTheFirstMax = 20;
constexpr int kTriesOfTheRareMax = 100;
constexpr int kRoundsMax = 20;

// Shared with the workers.
struct Tally {
	std::atomic<uint32_t> played;
	std::atomic<uint32_t> missed; // in all attempts
	std::atomic<uint32_t> dealt[Ledger::kStepsMax];
};

// By signal and step, of all roles.
std::map<std::pair<int, const Step*>, uint32_t> dealt_in_all;

std::string name_of(const Case& one) {
	if (one.blow.step == nullptr) {
		return std::string(one.life->name) + ", unharmed";
	}
	return std::string(one.life->name) + (one.blow.signal == SIGKILL ? ", killed at '" : ", stopped at '") +
	       one.blow.step->name + "' #" + std::to_string(one.blow.arrival);
}

void on_case_hangs(int) {
	constexpr char kBefore[] = "WATCHDOG  this case hangs: ";
	(void)!write(STDERR_FILENO, kBefore, sizeof kBefore - 1);
	(void)!write(STDERR_FILENO, case_name.data(), case_name.size());
	(void)!write(STDERR_FILENO, "\n", 1);
	std::abort();
}

// For scripts/steps-absent.mjs.
int print_steps(int, char**) {
	for (const Step* known = Step::newest; known != nullptr; known = known->next) {
		std::printf("%s\n", known->name);
	}
	return EXIT_SUCCESS;
}
const law::Alias alias("--steps", print_steps);

// A pin that comes too late is in pool.test.cc: few writers are so fast.
bool is_elsewhere(const Step& known) {
	return &known == &step<"pool: pinned too late">;
}

using Arrivals = std::map<const Step*, uint32_t>;

bool some_step_is_missing(const std::map<const Life*, Arrivals>& found) {
	for (const Step* known = Step::newest; known != nullptr; known = known->next) {
		if (!is_elsewhere(*known) &&
		    std::none_of(found.begin(), found.end(), [known](const auto& of) { return of.second.contains(known); })) {
			return true;
		}
	}
	return false;
}

// The number of times that each life reaches each step. Each life runs once without a signal, and again if a step is missing:
// some are reached only if the peer is slower.
const std::map<const Life*, Arrivals>& recorded() {
	static const auto all = [] {
		std::map<const Life*, Arrivals> found;
		for (int round = 0; round < kRoundsMax && some_step_is_missing(found); ++round) {
			for (const Life& life : lives()) {
				case_name = name_of({&life, {}});
				const std::unique_ptr<Scene> scene = make_scene(life, {});
				(void)scene->play();
				for (const Step* known = Step::newest; known != nullptr; known = known->next) {
					if (scene->arrivals_at(*known) > 0) {
						found[&life][known] = scene->arrivals_at(*known);
					}
				}
			}
		}
		return found;
	}();
	return all;
}

// A life with a pool comes to most steps in the same way as one without: its first arrival there is enough.
bool is_also_without_pool(const Life& life, const Step* known) {
	return life.is(kPool) && std::any_of(recorded().begin(), recorded().end(), [&](const auto& of) {
			   return of.first->role == life.role && !of.first->is(kPool) && of.second.contains(known);
		   });
}

// RINGWIRE_CASE: only cases whose name contains it.
std::vector<Case> cases(Role role, int signal) {
	const char* wanted = std::getenv("RINGWIRE_CASE");
	std::vector<Case> all;
	for (const auto& [life, steps] : recorded()) {
		for (const auto& [known, count] : steps) {
			std::vector<uint32_t> arrivals = {1};
			const bool is_new = !is_also_without_pool(*life, known);
			if (is_new && count >= 2) {
				arrivals.push_back(2);
			}
			if (is_new && count >= 4) {
				arrivals.push_back(count - count / 4);
			}
			for (const uint32_t arrival : arrivals) {
				const Case one{life, {known, arrival, signal}};
				if (life->role == role && (wanted == nullptr || name_of(one).find(wanted) != std::string::npos)) {
					all.push_back(one);
				}
			}
		}
	}
	return all;
}

int tries_max(const Blow& blow, const Tally& tally) {
	if (blow.arrival > 1) {
		return kTriesOfTheLateMax;
	}
	return tally.dealt[blow.step->index] > 0 ? kTriesOfTheFirstMax : kTriesOfTheRareMax;
}

// Returns whether the victim was hit.
bool deal(Case one, const Tally& tally) {
	while (true) {
		case_name = name_of(one);
		for (int tries = 0; tries < tries_max(one.blow, tally); ++tries) {
			alarm(kCaseSecondsMax);
			if (make_scene(*one.life, one.blow)->play()) {
				return true;
			}
		}
		if (one.blow.arrival == 1) {
			return false;
		}
		one.blow.arrival /= 2;
	}
}

[[noreturn]] void work(const std::vector<Case>& all, size_t first, Tally& tally) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	std::signal(SIGALRM, on_case_hangs);
	for (size_t i = first; i < all.size(); i += kWorkers) {
		const bool dealt = deal(all[i], tally);
		tally.played += 1;
		tally.missed += dealt ? 0 : 1;
		tally.dealt[all[i].blow.step->index] += dealt ? 1 : 0;
	}
	_exit(own_complaints == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

void play_all(Role role, int signal) {
	const std::vector<Case> all = cases(role, signal);
	void* shared = mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	Tally& tally = *static_cast<Tally*>(shared);
	std::vector<pid_t> workers;
	std::fflush(nullptr);
	for (size_t i = 0; i < kWorkers; ++i) {
		const pid_t worker = fork();
		if (worker == 0) {
			work(all, i, tally);
		}
		workers.push_back(worker);
	}
	for (const pid_t worker : workers) {
		int status = 0;
		waitpid(worker, &status, 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
	}
	CHECK(tally.played == all.size());
	uint32_t steps = 0;
	for (const Step* known = Step::newest; known != nullptr; known = known->next) {
		const bool on_the_way =
			std::any_of(all.begin(), all.end(), [known](const Case& one) { return one.blow.step == known; });
		steps += on_the_way ? 1 : 0;
		dealt_in_all[{signal, known}] += tally.dealt[known->index];
		if (on_the_way && tally.dealt[known->index] == 0) {
			std::printf("  not come to this time by a %s: '%s'\n", std::string(role_name(role)).c_str(), known->name);
		}
	}
	// Almost all cases: otherwise the matrix is incomplete.
	CHECK(tally.missed * 20 <= tally.played);
	std::printf("  %u cases: a %s %s at %u steps; in %u more it did not come there\n", tally.played - tally.missed,
	            std::string(role_name(role)).c_str(), signal == SIGKILL ? "killed" : "stopped", steps,
	            tally.missed.load());
	munmap(shared, sizeof(Tally));
}

} // namespace

LAW("every step is reached by some life, and every life is completed") {
	const uint32_t before = own_complaints;
	for (const Step* known = Step::newest; known != nullptr; known = known->next) {
		CHECK(known->index < Ledger::kStepsMax);
		uint32_t lives_there = 0;
		for (const auto& [life, steps] : recorded()) {
			lives_there += steps.contains(known) ? 1 : 0;
		}
		if (lives_there == 0 && !is_elsewhere(*known)) {
			std::fprintf(stderr, "  no life comes to the step '%s'\n", known->name);
		}
		CHECK(lives_there > 0 || is_elsewhere(*known));
	}
	CHECK(own_complaints == before);
	std::printf("  %u steps, %zu lives\n", Step::newest->index + 1, lives().size());
}

LAW("a writer may be killed at every step") {
	play_all(Role::kWriter, SIGKILL);
}
LAW("a writer may be stopped at every step") {
	play_all(Role::kWriter, SIGSTOP);
}
LAW("a reader may be killed at every step") {
	play_all(Role::kReader, SIGKILL);
}
LAW("a reader may be stopped at every step") {
	play_all(Role::kReader, SIGSTOP);
}
LAW("a server may be killed at every step") {
	play_all(Role::kServer, SIGKILL);
}
LAW("a server may be stopped at every step") {
	play_all(Role::kServer, SIGSTOP);
}
LAW("a client may be killed at every step") {
	play_all(Role::kClient, SIGKILL);
}
LAW("a client may be stopped at every step") {
	play_all(Role::kClient, SIGSTOP);
}
LAW("every step was hit by both signals") {
	for (const int signal : {SIGKILL, SIGSTOP}) {
		for (const Step* known = Step::newest; known != nullptr; known = known->next) {
			if (is_elsewhere(*known)) {
				continue;
			}
			if (dealt_in_all[{signal, known}] == 0) {
				std::fprintf(stderr, "  no signal hit '%s'\n", known->name);
			}
			CHECK((dealt_in_all[{signal, known}] > 0));
		}
	}
}
