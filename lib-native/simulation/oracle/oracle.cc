#include "simulation/oracle/oracle.h"

#include <algorithm>

#include "platform/simulated/heap.h"

namespace ringwire::simulation {

using simulated::Heap;
using simulated::scheduler;

namespace {

// A little less than the limit of a handshake, since the simulated clock is not that of any one process.
constexpr uint64_t kSilence = kHandshakeNanosMax - kHandshakeNanosMax / 10;

} // namespace

void Oracle::reset(const LifePlan& plan) {
	plan_ = &plan;
	writers_.clear();
	readers_.clear();
	endpoints_.clear();
	violations_.clear();
	moment_ = 0;
}

Moment Oracle::now() {
	return ++moment_;
}

void Oracle::violate(const std::string& law, const std::string& what) {
	const Heap::Outside outside;
	scheduler().note("VIOLATION (%s): %s", law.c_str(), what.c_str());
	violations_.push_back({std::string(law), std::string(what)});
}

WriterRecord& Oracle::add_writer(const ActorPlan& plan, simulated::Process& process) {
	const Heap::Outside outside;
	WriterRecord& record = writers_.emplace_back();
	record.index = writers_.size() - 1;
	record.role = Role::kWriter;
	record.plan = &plan;
	record.process = &process;
	record.name = "writer " + number(record.index) + " of process " + number(process.id);
	endpoints_.push_back(&record);
	return record;
}

ReaderRecord& Oracle::add_reader(const ActorPlan& plan, simulated::Process& process) {
	const Heap::Outside outside;
	ReaderRecord& record = readers_.emplace_back();
	record.index = readers_.size() - 1;
	record.role = Role::kReader;
	record.plan = &plan;
	record.process = &process;
	record.holds_back = has_limit(plan_->contract.overflow) && !plan.reader.options.lossy;
	record.name = "reader " + number(record.index) + " of process " + number(process.id);
	endpoints_.push_back(&record);
	return record;
}

EndpointRecord* Oracle::find(uint64_t id) {
	const auto found =
		std::find_if(endpoints_.begin(), endpoints_.end(), [id](const auto* record) { return record->id == id; });
	return found == endpoints_.end() ? nullptr : *found;
}

bool was_silent(const simulated::Process& process) {
	return process.silent_nanos >= kSilence;
}

bool Oracle::was_silent(const EndpointRecord& record) {
	return simulation::was_silent(*record.process);
}

// Lacked something: then a link may be late, which is an event.
bool Oracle::is_excused(const EndpointRecord& record) const {
	return record.process->had_shortage;
}

bool Oracle::some_shutdown() const {
	return std::any_of(endpoints_.begin(), endpoints_.end(),
	                   [](const EndpointRecord* record) { return record->shutdown.begin != kNotYet; });
}

void Oracle::begin_open(EndpointRecord& record) {
	record.open.begin = now();
}

void Oracle::end_open(EndpointRecord& record, const Status& status) {
	record.open.end = now();
	record.opened = status.ok();
	if (!status.ok() && !is_excused(record)) {
		violate("open", record.name + " cannot be opened: " + status.message);
	}
}

void Oracle::begin_shutdown(EndpointRecord& record) {
	record.shutdown.begin = now();
}

void Oracle::end_shutdown(EndpointRecord& record) {
	record.shutdown.end = now();
	record.over = true;
}

void Oracle::begin_leave(EndpointRecord& record, bool fails) {
	record.leave.begin = now();
	record.left = true;
	record.failed_leave = fails;
}

void Oracle::end_leave(EndpointRecord& record, uint64_t waited_nanos) {
	record.leave.end = now();
	if (waited_nanos > 0) {
		violate("leave", record.name + " waited for " + number(waited_nanos) + " ns when it left");
	}
}

void Oracle::check_errors() {
	uint64_t shortages = 0;
	for (const EndpointRecord* record : endpoints_) {
		shortages += record->process->shortages;
	}
	for (const EndpointRecord* record : endpoints_) {
		if (record->errors > shortages + 2 * endpoints_.size()) {
			violate("errors", record->name + " has " + number(record->errors) + " error events for " +
			                      number(shortages) + " shortages of " + number(endpoints_.size()) + " endpoints");
		}
	}
}

} // namespace ringwire::simulation
