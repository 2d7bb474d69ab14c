// Checks a life against docs/guarantees.md. The oracle sees every call of every endpoint in the order in which they happen. Its memory
// outlives the processes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "channel/event.h"
#include "channel/reader/reader_endpoint.h"
#include "platform/simulated/scheduler.h"
#include "simulation/plan.h"

namespace ringwire::simulation {

// A moment in the one order of everything that happens in a life.
using Moment = uint64_t;
inline constexpr Moment kNotYet = ~Moment{0};

struct Interval {
	Moment begin = kNotYet;
	Moment end = kNotYet;
};

// One endpoint of one process.
struct EndpointRecord {
	size_t index = 0;
	Role role = Role::kWriter;
	const ActorPlan* plan = nullptr;
	simulated::Process* process = nullptr;
	uint64_t id = 0;
	std::string name;
	Interval open;
	Interval shutdown; // its own call
	Interval leave;
	bool opened = false;       // open answered ok
	bool over = false;         // it was told of a shutdown, or called it
	bool left = false;         // leave has begun
	bool failed_leave = false; // without a goodbye
	bool script_done = false;
	bool waits = false;  // for a wake-up by the library, with nothing left to do before it
	uint64_t errors = 0; // with code LIMIT
};

struct WriterRecord : EndpointRecord {
	std::vector<Interval> messages; // accepted, or being written
	uint64_t accepted = 0;
	Interval end_call;
	bool drained = false;
	uint64_t missing_when_drained = kNotYet; // the first message that no reader had by then
	std::vector<bool> delivered;             // to any reader that holds back
};

// The messages of one writer that one reader has received.
struct Intake {
	bool connected = false;
	uint64_t connections = 0;
	bool start_known = false;
	uint64_t start = 0;
	uint64_t taken = 0; // messages and losses since
	uint64_t lost = 0;
	bool departed = false;
	[[nodiscard]] uint64_t next() const { return start + taken; }
};

struct ReaderRecord : EndpointRecord {
	bool holds_back = false;
	std::map<size_t, Intake> intakes; // by the writer's index
	std::map<size_t, uint64_t> losses_untold;
	Moment newest_begin = 0; // of all that it was given
	std::string newest_text;
	bool ended = false;
};

// For texts.
[[nodiscard]] inline std::string number(uint64_t value) {
	return std::to_string(value);
}

// Its process was stopped or computed for so long that others may have given up its handshakes.
[[nodiscard]] bool was_silent(const simulated::Process& process);

// Prints the event in a trace.
void note_event(const Event& event, const std::string& peer);

struct Violation {
	std::string law;
	std::string what;
};

class Oracle {
public:
	void reset(const LifePlan& plan);

	[[nodiscard]] WriterRecord& add_writer(const ActorPlan& plan, simulated::Process& process);
	[[nodiscard]] ReaderRecord& add_reader(const ActorPlan& plan, simulated::Process& process);
	[[nodiscard]] Moment now();

	void begin_open(EndpointRecord& record);
	void end_open(EndpointRecord& record, const Status& status);
	void begin_write(WriterRecord& writer, uint64_t count);
	void end_write(WriterRecord& writer, uint64_t accepted);
	// Everything that it has written has been read, by the library's word.
	void drained(WriterRecord& writer);
	void took(ReaderRecord& reader, const std::byte* message, size_t length);
	void saw(EndpointRecord& record, const Event& event);
	void begin_shutdown(EndpointRecord& record);
	void end_shutdown(EndpointRecord& record);
	void begin_leave(EndpointRecord& record, bool fails);
	void end_leave(EndpointRecord& record, uint64_t waited_nanos);

	// Why the life is not settled yet; empty: it is.
	[[nodiscard]] std::string unsettled() const;
	// At a moment when no process can run: of an endpoint that waits though its condition has come true.
	[[nodiscard]] std::string missed_wake() const;
	// Of an endpoint that a shutdown has not reached.
	[[nodiscard]] std::string missing_shutdown() const;
	// As `unsettled`, after every writer has called end().
	[[nodiscard]] std::string unended() const;
	// Of a message that no reader has received which holds back, though the writer has one.
	[[nodiscard]] std::string missing_message() const;
	// Once, when everything has settled: a writer that had drained was right.
	void check_drained();
	// One error for each shortage, however many connections fail.
	void check_errors();
	void violate(const std::string& law, const std::string& what);
	[[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
	[[nodiscard]] bool alive(const EndpointRecord& record) const {
		return record.opened && !record.left && record.process->alive() && !record.process->killed;
	}
	[[nodiscard]] std::deque<WriterRecord>& writers() { return writers_; }
	[[nodiscard]] std::deque<ReaderRecord>& readers() { return readers_; }

	static void fill(std::byte* message, size_t length, size_t writer, uint64_t sequence);
	// Of a message with at least its first words.
	[[nodiscard]] static bool is_whole(const std::byte* message, size_t length);
	static constexpr size_t kLengthMin = 24;

private:
	[[nodiscard]] EndpointRecord* find(uint64_t id);
	[[nodiscard]] static bool was_silent(const EndpointRecord& record);
	[[nodiscard]] bool some_shutdown() const;
	[[nodiscard]] bool keeps_messages() const;
	[[nodiscard]] bool is_excused(const EndpointRecord& record) const;
	void saw_disconnect(EndpointRecord& record, EndpointRecord& peer, const Event& event);
	void saw_end(ReaderRecord& reader);
	void saw_error(EndpointRecord& record, const Event& event);
	void check_order(ReaderRecord& reader, const WriterRecord& writer, uint64_t sequence);

	const LifePlan* plan_ = nullptr;
	std::deque<WriterRecord> writers_;
	std::deque<ReaderRecord> readers_;
	std::vector<EndpointRecord*> endpoints_;
	std::vector<Violation> violations_;
	Moment moment_ = 0;
};

} // namespace ringwire::simulation
