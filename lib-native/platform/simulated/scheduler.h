// The processes of the simulated machine and its clock. Exactly one process runs at a time. Every call into the platform and
// every RINGWIRE_STEP is a point at which the scheduler may switch to another process, stop this one for a while or kill it.
// The clock advances by a little at each point, and jumps when no process can run. All choices come from a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/simulated/fiber.h"
#include "platform/simulated/heap.h"
#include "platform/simulated/objects.h"
#include "platform/simulated/random.h"

namespace ringwire::simulated {

inline constexpr uint64_t kNever = ~uint64_t{0};

// The stop or the death of a process at one of its points.
struct Blow {
	uint64_t at_point = 0;   // the process's n-th one, or, with a step,
	int64_t step = -1;       // this step (core/step.h),
	uint64_t arrivals = 1;   // reached this often
	uint64_t stop_nanos = 0; // how long it is stopped; 0: it is killed
};

struct Process {
	enum class State : uint8_t {
		kRunnable,
		kBlocked, // until it is woken, at `wake_at` at the latest
		kDying,   // it never runs again; the kernel closes its handles, one after the other
		kGone,
	};

	uint32_t id = 0;
	std::string name;
	State state = State::kRunnable;
	bool killed = false;
	bool exited = false;
	uint64_t wake_at = kNever;
	uint64_t stopped_until = 0;
	uint64_t silent_nanos = 0; // how long it was stopped or computed, in total
	uint64_t points = 0;
	uint64_t priority = 0;
	uint64_t waited_nanos = 0; // in calls that block
	bool in_wait = false;      // in the wait of its event loop
	bool interrupted = false;  // its next wait returns at once
	bool had_shortage = false; // a call of it failed for want of something
	uint64_t shortages = 0;    // periods in which calls failed, with a second or more in between
	uint64_t shortage_at = 0;  // the last time
	bool had_full_backlog = false;
	std::vector<uint64_t> drawn; // its random numbers
	std::vector<Blow> blows;
	std::vector<Object*> handles; // by number; null: free
	std::vector<RegionObject*> mappings;
	size_t handles_max = kNoLimit;
	std::function<void()> main;
	Fiber fiber;
	Heap heap;

	static constexpr size_t kNoLimit = ~size_t{0};
	[[nodiscard]] bool alive() const { return state == State::kRunnable || state == State::kBlocked; }
};

struct SchedulerOptions {
	uint64_t seed = 1;
	uint64_t nanos_per_point = 100;
	uint64_t points_per_turn = 8; // on average, before another process runs
	bool by_priority = false;     // the runnable process of the highest priority runs; priorities change now and then
	uint64_t points_max = kNever; // of all processes together; then `run` returns
};

class Scheduler {
public:
	Scheduler() : random_(1) {}
	Scheduler(const Scheduler&) = delete;
	Scheduler& operator=(const Scheduler&) = delete;

	void reset(const SchedulerOptions& options);
	// Starts at `at_nanos` of the simulated clock.
	Process& add_process(std::string name, uint64_t at_nanos, std::function<void()> main);

	enum class Outcome : uint8_t { kDone, kTooLong };
	// Runs processes until `idle` answers false. It is called when no process can run, before the clock jumps.
	Outcome run(const std::function<bool()>& idle);
	// Whether a process will ever run again.
	[[nodiscard]] uint64_t next_event_at() const;

	// --- For the process that runs

	// The process that runs, null for the simulator itself.
	[[nodiscard]] Process* running() const { return running_; }
	void point(const char* what, uint64_t code, uint64_t detail);
	void step(const char* name, uint32_t index);
	// Returns when the process was woken, or when it is `wake_at`.
	void block(uint64_t wake_at);
	void sleep(uint64_t nanos) { block(now_ + nanos); }
	static void wake(Process& process);
	// Its wait, or its next one, returns before anything is ready.
	static void interrupt(Process& process);
	void count_shortage(Process& process) const;
	// Kills the process that runs. Does not return.
	void die();

	// --- For the simulator

	[[nodiscard]] uint64_t now() const { return now_; }
	[[nodiscard]] Random& random() { return random_; }
	[[nodiscard]] std::vector<std::unique_ptr<Process>>& processes() { return processes_; }
	[[nodiscard]] uint64_t trace_hash() const { return hash_; }
	[[nodiscard]] uint64_t points() const { return points_; }
	[[nodiscard]] uint64_t stops() const { return stops_; }
	// Prints every point from now on.
	void print_trace(bool yes) { printing_ = yes; }
	void note(const char* format, ...) __attribute__((format(printf, 2, 3)));
	// No process is stopped or killed any more, and those that are stopped go on.
	void end_blows();

private:
	[[nodiscard]] static bool can_run(const Process& process, uint64_t now);
	[[nodiscard]] Process* choose();
	void count_point(Process& process, int64_t step);
	void strike(Process& process, const Blow& blow);
	void yield();
	void begin_turn();
	void bury(Process& process);
	static void enter(void* process);

	SchedulerOptions options_;
	Random random_;
	Fiber own_;
	std::vector<std::unique_ptr<Process>> processes_;
	std::vector<std::unique_ptr<Process>> spare_;
	std::vector<Process*> candidates_;
	Process* running_ = nullptr;
	uint64_t now_ = 0;
	uint64_t points_ = 0;
	uint64_t stops_ = 0;
	uint64_t turn_ends_in_ = 1;
	uint64_t hash_ = 0;
	bool printing_ = false;
};

[[nodiscard]] Scheduler& scheduler();

} // namespace ringwire::simulated
