#include "platform/simulated/scheduler.h"

#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "platform/simulated/kernel.h"

namespace ringwire::simulated {

namespace {

constexpr uint64_t kBirth = 1'000'000'000'000; // the clock of a machine that has been up for a while

} // namespace

Scheduler& scheduler() {
	static auto* const only = new Scheduler;
	return *only;
}

void Scheduler::reset(const SchedulerOptions& options) {
	options_ = options;
	random_ = Random(options.seed);
	for (auto& process : processes_) {
		process->fiber.discard();
		process->heap.reset();
		process->main = nullptr;
		spare_.push_back(std::move(process));
	}
	processes_.clear();
	running_ = nullptr;
	now_ = kBirth;
	points_ = 0;
	stops_ = 0;
	hash_ = options.seed;
	begin_turn();
}

void Scheduler::enter(void* argument) {
	auto& process = *static_cast<Process*>(argument);
	process.main();
	Scheduler& self = scheduler();
	self.note("exits");
	process.exited = true;
	process.state = Process::State::kDying;
	self.yield();
}

Process& Scheduler::add_process(std::string name, uint64_t at_nanos, std::function<void()> main) {
	const Heap::Outside outside;
	if (spare_.empty()) {
		spare_.push_back(std::make_unique<Process>());
	}
	Process& process = *processes_.emplace_back(std::move(spare_.back()));
	spare_.pop_back();
	process.id = static_cast<uint32_t>(processes_.size());
	process.name = std::move(name);
	process.state = Process::State::kBlocked;
	process.killed = false;
	process.exited = false;
	process.wake_at = at_nanos;
	process.stopped_until = 0;
	process.silent_nanos = 0;
	process.points = 0;
	process.priority = random_.next();
	process.waited_nanos = 0;
	process.in_wait = false;
	process.interrupted = false;
	process.had_shortage = false;
	process.shortages = 0;
	process.shortage_at = 0;
	process.had_full_backlog = false;
	process.drawn.clear();
	process.blows.clear();
	process.handles.clear();
	process.mappings.clear();
	process.handles_max = Process::kNoLimit;
	process.main = std::move(main);
	process.fiber.prepare(&Scheduler::enter, &process, &process.heap);
	return process;
}

bool Scheduler::can_run(const Process& process, uint64_t now) {
	switch (process.state) {
	case Process::State::kRunnable:
		return process.stopped_until <= now;
	case Process::State::kBlocked:
		return process.stopped_until <= now && process.wake_at <= now;
	case Process::State::kDying:
		return true;
	case Process::State::kGone:
		break;
	}
	return false;
}

Process* Scheduler::choose() {
	candidates_.clear();
	for (const auto& process : processes_) {
		if (can_run(*process, now_)) {
			candidates_.push_back(process.get());
		}
	}
	if (candidates_.empty()) {
		return nullptr;
	}
	if (options_.by_priority) {
		return *std::max_element(candidates_.begin(), candidates_.end(), [](const Process* left, const Process* right) {
			return left->priority < right->priority;
		});
	}
	return candidates_[random_.below(candidates_.size())];
}

uint64_t Scheduler::next_event_at() const {
	uint64_t at = kNever;
	for (const auto& process : processes_) {
		if (process->state == Process::State::kRunnable) {
			at = std::min(at, std::max(now_, process->stopped_until));
		} else if (process->state == Process::State::kBlocked && process->wake_at != kNever) {
			at = std::min(at, std::max(process->wake_at, process->stopped_until));
		}
	}
	return at;
}

Scheduler::Outcome Scheduler::run(const std::function<bool()>& idle) {
	for (;;) {
		Process* process = choose();
		if (process == nullptr) {
			if (!idle()) {
				return Outcome::kDone;
			}
			const uint64_t at = next_event_at();
			now_ = at == kNever ? now_ : std::max(now_, at);
			continue;
		}
		if (points_ >= options_.points_max) {
			return Outcome::kTooLong;
		}
		if (process->state == Process::State::kDying) {
			points_ += 1;
			bury(*process);
			continue;
		}
		process->state = Process::State::kRunnable;
		process->wake_at = kNever;
		running_ = process;
		begin_turn();
		own_.switch_to(process->fiber);
		running_ = nullptr;
	}
}

// The kernel closes the handles of a dead process one after the other, and others see what happens in between.
void Scheduler::bury(Process& process) {
	if (kernel().close_one_handle(process)) {
		return;
	}
	process.state = Process::State::kGone;
	process.fiber.discard();
	process.heap.reset();
}

void Scheduler::begin_turn() {
	turn_ends_in_ = 1 + random_.below(2 * options_.points_per_turn);
	if (options_.by_priority && running_ != nullptr && random_.once_in(16)) {
		running_->priority = random_.next();
	}
}

void Scheduler::yield() {
	running_->fiber.switch_to(own_);
}

void Scheduler::point(const char* what, uint64_t code, uint64_t detail) {
	now_ += options_.nanos_per_point;
	points_ += 1;
	const uint64_t who = running_ == nullptr ? 0 : running_->id;
	hash_ = (hash_ ^ (code << 32 ^ who << 16 ^ detail)) * 0x9e37'79b9'7f4a'7c15;
	hash_ ^= hash_ >> 29;
	if (printing_) {
		note("%s %" PRIu64, what, detail);
	}
	if (running_ != nullptr) {
		count_point(*running_, -1);
	}
}

void Scheduler::step(const char* name, uint32_t index) {
	now_ += options_.nanos_per_point;
	points_ += 1;
	const uint64_t who = running_ == nullptr ? 0 : running_->id;
	hash_ = (hash_ ^ (uint64_t{index + 1000} << 32 ^ who << 16)) * 0x9e37'79b9'7f4a'7c15;
	hash_ ^= hash_ >> 29;
	if (printing_) {
		note("  . %s", name);
	}
	if (running_ != nullptr) {
		count_point(*running_, index);
	}
}

void Scheduler::count_point(Process& process, int64_t step) {
	process.points += 1;
	for (Blow& blow : process.blows) {
		if (blow.at_point == 0 && blow.step < 0) {
			continue; // struck
		}
		const bool due = blow.step >= 0 ? blow.step == step && --blow.arrivals == 0 : process.points >= blow.at_point;
		if (due) {
			blow.at_point = 0;
			blow.step = -1;
			strike(process, blow);
			return;
		}
	}
	turn_ends_in_ -= 1;
	if (turn_ends_in_ == 0 || points_ >= options_.points_max) {
		yield();
	}
}

void Scheduler::strike(Process& process, const Blow& blow) {
	if (blow.stop_nanos == 0) {
		die();
	}
	note("is stopped for %" PRIu64 " us", blow.stop_nanos / 1000);
	process.stopped_until = now_ + blow.stop_nanos;
	process.silent_nanos += blow.stop_nanos;
	stops_ += 1;
	yield();
}

void Scheduler::die() {
	note("is killed");
	running_->killed = true;
	running_->state = Process::State::kDying;
	yield();
	std::abort(); // nothing resumes it
}

void Scheduler::block(uint64_t wake_at) {
	if (running_ == nullptr) {
		now_ = wake_at == kNever ? now_ : std::max(now_, wake_at);
		return;
	}
	Process& self = *running_;
	const uint64_t begin = now_;
	self.state = Process::State::kBlocked;
	self.wake_at = wake_at;
	yield();
	self.waited_nanos += now_ - begin;
}

void Scheduler::wake(Process& process) {
	if (process.state == Process::State::kBlocked) {
		process.state = Process::State::kRunnable;
	}
}

void Scheduler::interrupt(Process& process) {
	process.interrupted = true;
	wake(process);
}

void Scheduler::count_shortage(Process& process) const {
	constexpr uint64_t kPause = 1'000'000'000;
	process.shortages += !process.had_shortage || now_ - process.shortage_at >= kPause ? 1 : 0;
	process.had_shortage = true;
	process.shortage_at = now_;
}

void Scheduler::end_blows() {
	for (const auto& process : processes_) {
		process->blows.clear();
		process->stopped_until = 0;
	}
}

void Scheduler::note(const char* format, ...) { // NOLINT(cert-dcl50-cpp): printf's own
	if (!printing_) {
		return;
	}
	std::printf("%14.6f ms  %-14s ", static_cast<double>(now_ - kBirth) / 1e6,
	            running_ == nullptr ? "" : running_->name.c_str());
	va_list arguments;
	va_start(arguments, format);
	std::vprintf(format, arguments);
	va_end(arguments);
	std::printf("\n");
}

} // namespace ringwire::simulated
