#include "simulation/oracle.h"

#include <algorithm>
#include <cstring>

#include "platform/simulated/heap.h"
#include "platform/simulated/kernel.h"

namespace ringwire::simulation {

using simulated::Heap;
using simulated::scheduler;

namespace {

// A little less than the limit of a handshake, since the simulated clock is not that of any one process.
constexpr uint64_t kSilence = kHandshakeNanosMax - kHandshakeNanosMax / 10;

std::string number(uint64_t value) {
	return std::to_string(value);
}

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

bool Oracle::was_silent(const EndpointRecord& record) const {
	return record.process->silent_nanos >= kSilence;
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

void Oracle::begin_write(WriterRecord& writer, uint64_t count) {
	const Heap::Outside outside;
	writer.messages.resize(writer.accepted + count, {now(), kNotYet});
	writer.delivered.resize(writer.messages.size());
}

void Oracle::end_write(WriterRecord& writer, uint64_t accepted) {
	const Heap::Outside outside;
	const Moment end = now();
	for (uint64_t i = 0; i < accepted; ++i) {
		writer.messages[writer.accepted + i].end = end;
	}
	writer.accepted += accepted;
	for (uint64_t i = writer.accepted; i < writer.messages.size(); ++i) {
		if (writer.delivered[i]) {
			violate("message", writer.name + ": message " + number(i) + " was delivered, but not accepted");
		}
	}
	writer.messages.resize(writer.accepted);
	writer.delivered.resize(writer.accepted);
}

void Oracle::drained(WriterRecord& writer) {
	writer.drained = true;
	const auto missing = std::find(writer.delivered.begin(), writer.delivered.end(), false);
	writer.missing_when_drained =
		missing == writer.delivered.end() ? kNotYet : static_cast<uint64_t>(missing - writer.delivered.begin());
}

void Oracle::fill(std::byte* message, size_t length, size_t writer, uint64_t sequence) {
	const uint64_t words[3] = {writer, sequence, length};
	std::memcpy(message, words, sizeof words);
	for (size_t i = sizeof words; i < length; ++i) {
		message[i] = static_cast<std::byte>(writer * 31 + sequence * 7 + i);
	}
}

void Oracle::took(ReaderRecord& reader, const std::byte* message, size_t length) {
	const Heap::Outside outside;
	uint64_t words[3] = {};
	if (length < kLengthMin) {
		violate("message", reader.name + " got a message of " + number(length) + " bytes");
		return;
	}
	std::memcpy(words, message, sizeof words);
	const auto [index, sequence, said_length] = words;
	if (index >= writers_.size() || said_length != length) {
		violate("message", reader.name + " got a message that no writer has written");
		return;
	}
	for (size_t i = kLengthMin; i < length; ++i) {
		if (message[i] != static_cast<std::byte>(index * 31 + sequence * 7 + i)) {
			violate("message", reader.name + " got a torn message");
			return;
		}
	}
	WriterRecord& writer = writers_[index];
	const std::string what = "message " + number(sequence) + " of " + writer.name;
	scheduler().note("    takes %s", what.c_str());
	if (sequence >= writer.messages.size()) {
		violate("message", reader.name + " got " + what + ", which was not accepted");
		return;
	}
	Intake& intake = reader.intakes[index];
	if (!intake.connected) {
		violate("message", reader.name + " got " + what + ", with which it is not connected");
	}
	if (!intake.start_known) {
		const uint64_t untold = reader.losses_untold[index];
		intake.start = sequence - std::min(untold, sequence);
		intake.taken = untold;
		intake.start_known = true;
		const bool was_there = reader.open.end < writer.open.begin && !reader.plan->reader.options.from_newest;
		if (was_there && intake.start != 0 && reader.holds_back && !was_silent(reader) && !was_silent(writer) &&
		    !is_excused(reader) && !is_excused(writer)) {
			violate("first-messages", reader.name + " was open before " + writer.name + ", but its first message is " +
			                              number(intake.start));
		}
	}
	if (sequence < intake.next()) {
		violate("order", reader.name + " got " + what + " after message " + number(intake.next() - 1));
	} else if (sequence > intake.next()) {
		violate("loss", reader.name + " got " + what + ", but " + number(intake.next()) + " is next; it was told of " +
		                    number(intake.lost) + " losses");
	}
	intake.taken = sequence + 1 - intake.start;
	if (reader.holds_back) {
		writer.delivered[sequence] = true;
	}
	check_order(reader, writer, sequence);
}

void Oracle::check_order(ReaderRecord& reader, const WriterRecord& writer, uint64_t sequence) {
	if (!reader.plan->reader.options.order_by_time) {
		return;
	}
	const Interval& message = writer.messages[sequence];
	const bool has_losses = std::any_of(reader.intakes.begin(), reader.intakes.end(),
	                                    [](const auto& entry) { return entry.second.lost > 0; });
	// A reader does not see the hello of a writer while its backlog is full.
	const bool excused = was_silent(writer) || was_silent(reader) || is_excused(writer) || is_excused(reader) ||
	                     plan_->has_small_backlogs() || (!reader.holds_back && has_losses);
	const std::string text = "message " + number(sequence) + " of " + writer.name;
	if (message.end < reader.newest_begin && !excused) {
		violate("causality", reader.name + " got " + text + " after " + reader.newest_text +
		                         ", whose writing began when the former had been written");
	}
	if (message.begin > reader.newest_begin) {
		reader.newest_begin = message.begin;
		reader.newest_text = text;
	}
}

void Oracle::saw(EndpointRecord& record, const Event& event) {
	const Heap::Outside outside;
	EndpointRecord* peer = find(event.peer.id);
	switch (event.type) {
	case Event::Type::kConnect:
		scheduler().note("    event: connect, %s", peer == nullptr ? "?" : peer->name.c_str());
		break;
	case Event::Type::kDisconnect:
		scheduler().note("    event: disconnect, %s, reason %d", peer == nullptr ? "?" : peer->name.c_str(),
		                 static_cast<int>(event.reason));
		break;
	case Event::Type::kLost:
		scheduler().note("    event: %d lost of %s", static_cast<int>(event.count),
		                 peer == nullptr ? "?" : peer->name.c_str());
		break;
	case Event::Type::kEnd:
		scheduler().note("    event: end");
		break;
	case Event::Type::kShutdown:
		scheduler().note("    event: shutdown");
		break;
	case Event::Type::kError:
	case Event::Type::kRefused:
		scheduler().note("    event: %s %s", event.type == Event::Type::kError ? "error" : "refused",
		                 event.status.message.c_str());
		break;
	}
	const bool of_peer = event.type == Event::Type::kConnect || event.type == Event::Type::kDisconnect ||
	                     event.type == Event::Type::kLost;
	if (of_peer && (peer == nullptr || peer->role == record.role)) {
		violate("event", record.name + " was told of a peer that there is not");
		return;
	}
	auto* reader = record.role == Role::kReader ? static_cast<ReaderRecord*>(&record) : nullptr;
	switch (event.type) {
	case Event::Type::kConnect:
		if (reader != nullptr) {
			Intake& intake = reader->intakes[peer->index];
			if (intake.connected && !intake.departed) {
				violate("event", record.name + " was told twice that it is connected with " + peer->name);
			}
			if (intake.connections > 0) {
				// A second link to the same writer begins where the first one was left, or is one more loss.
				intake.start_known = false;
				intake.taken = 0;
				reader->losses_untold[peer->index] = 0;
			}
			intake.connected = true;
			intake.departed = false;
			intake.connections += 1;
		}
		break;
	case Event::Type::kDisconnect:
		saw_disconnect(record, *peer, event);
		break;
	case Event::Type::kLost:
		if (reader == nullptr || event.count == 0) {
			violate("event", record.name + " was told of a loss of nothing");
			break;
		}
		reader->intakes[peer->index].lost += event.count;
		if (reader->intakes[peer->index].start_known) {
			reader->intakes[peer->index].taken += event.count;
		} else {
			reader->losses_untold[peer->index] += event.count;
		}
		if (reader->holds_back) {
			violate("loss", record.name + " holds back, and lost " + number(event.count) + " of " + peer->name);
		}
		break;
	case Event::Type::kEnd:
		saw_end(*reader);
		break;
	case Event::Type::kShutdown: {
		record.over = true;
		const bool called = std::any_of(endpoints_.begin(), endpoints_.end(), [&](const EndpointRecord* other) {
			return other != &record && other->shutdown.begin != kNotYet && other->shutdown.end > record.open.begin;
		});
		if (!called) {
			violate("shutdown", record.name + " was told of a shutdown that was over before it was opened");
		}
		break;
	}
	case Event::Type::kError:
		saw_error(record, event);
		break;
	case Event::Type::kRefused:
		if (!plan_->has_shortages() && event.status.code != Code::kTimeout) {
			violate("error", record.name + " was told that all its peers refuse: " + event.status.message);
		}
		break;
	}
}

void Oracle::saw_error(EndpointRecord& record, const Event& event) {
	record.errors += event.status.code == Code::kLimit ? 1 : 0;
	bool expected = false;
	if (event.status.code == Code::kLimit) {
		expected = std::any_of(endpoints_.begin(), endpoints_.end(),
		                       [this](const EndpointRecord* other) { return is_excused(*other); });
	} else if (event.status.code == Code::kTimeout) {
		// A peer was silent for long, or could not be linked.
		expected =
			plan_->has_shortages() || std::any_of(endpoints_.begin(), endpoints_.end(),
		                                          [this](const EndpointRecord* other) { return was_silent(*other); });
	}
	if (!expected) {
		violate("error",
		        record.name + " has an error event: " + code_name(event.status.code) + ", " + event.status.message);
	}
}

void Oracle::saw_disconnect(EndpointRecord& record, EndpointRecord& peer, const Event& event) {
	const bool dead = peer.process->killed || peer.process->exited;
	switch (event.reason) {
	case Event::Reason::kCorrupt:
		violate("reason", record.name + " calls " + peer.name + " corrupt");
		break;
	case Event::Reason::kDied:
		if (!dead && !peer.failed_leave && !is_excused(peer) && !is_excused(record)) {
			violate("reason", record.name + " was told that " + peer.name + " died" +
			                      (peer.left ? ", which left with a goodbye" : ", which lives"));
		}
		break;
	case Event::Reason::kClosed:
		if ((!peer.left || peer.failed_leave) && !some_shutdown()) {
			violate("reason", record.name + " was told that " + peer.name + " has closed, which it has not");
		}
		break;
	}
	if (record.role != Role::kReader) {
		return;
	}
	auto& reader = static_cast<ReaderRecord&>(record);
	const auto& writer = static_cast<const WriterRecord&>(peer);
	Intake& intake = reader.intakes[writer.index];
	intake.departed = true;
	if (event.ended && writer.end_call.begin == kNotYet && !reader.over && !writer.over) {
		violate("end", reader.name + " was told that " + writer.name + " had ended, which it had not");
	}
	const bool was_there = reader.open.end < writer.open.begin && !reader.plan->reader.options.from_newest &&
	                       !was_silent(reader) && !was_silent(writer) && !is_excused(reader) && !is_excused(writer);
	if (!reader.holds_back || reader.over || event.reason == Event::Reason::kCorrupt ||
	    !(intake.start_known || was_there)) {
		return;
	}
	if (intake.next() < writer.accepted || intake.next() > writer.messages.size()) {
		violate("death", reader.name + " was told that " + writer.name + " is gone, and has " + number(intake.next()) +
		                     " of its " + number(writer.accepted) + " messages");
	}
}

void Oracle::saw_end(ReaderRecord& reader) {
	if (reader.ended) {
		violate("end", reader.name + " ended twice");
	}
	reader.ended = true;
	const EndRule& until = reader.plan->reader.options.until;
	if (reader.over) {
		return;
	}
	uint64_t ended = 0;
	for (const WriterRecord& writer : writers_) {
		const auto found = reader.intakes.find(writer.index);
		const bool connected = found != reader.intakes.end() && found->second.connected;
		const bool writer_ended = writer.end_call.begin != kNotYet;
		if (!connected) {
			const bool was_there = writer.open.end < reader.open.begin && alive(writer) && !some_shutdown();
			if (was_there && !is_excused(writer) && !is_excused(reader)) {
				violate("end", reader.name + " ended without " + writer.name + ", which was open before it");
			}
			continue;
		}
		ended += writer_ended ? 1 : 0;
		const bool is_there = until.kind == EndRule::Kind::kEnded || !found->second.departed;
		if (!writer_ended && is_there && !writer.over) {
			violate("end", reader.name + " ended, and " + writer.name + " did not");
		}
		if (reader.holds_back && is_there && found->second.start_known && found->second.next() < writer.accepted) {
			violate("end", reader.name + " ended with " + number(found->second.next()) + " of the " +
			                   number(writer.accepted) + " messages of " + writer.name);
		}
	}
	if (until.kind == EndRule::Kind::kClosed) {
		violate("end", reader.name + " reads until it is closed, and ended");
	} else if (until.kind == EndRule::Kind::kWriters && ended < until.writers) {
		violate("end", reader.name + " ended after " + number(ended) + " writers of " + number(until.writers));
	} else if (ended == 0) {
		violate("end", reader.name + " ended without any writer");
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

// A shutdown reaches every endpoint that was open when it was called. An endpoint whose backlog is full, or for which the caller has no
// handle or memory, is told later, unless the caller leaves first.
std::string Oracle::missing_shutdown() const {
	for (const EndpointRecord* caller : endpoints_) {
		const bool may_fail = plan_->has_small_backlogs() || plan_->has_shortages();
		if (caller->shutdown.end == kNotYet || ((caller->left || !alive(*caller)) && may_fail)) {
			continue;
		}
		for (const EndpointRecord* other : endpoints_) {
			if (alive(*other) && !other->over && other->open.end < caller->shutdown.begin) {
				return other->name + " does not know of the shutdown by " + caller->name;
			}
		}
	}
	return {};
}

std::string Oracle::missed_wake() const {
	const auto sleeps = [this](const EndpointRecord& record) {
		return alive(record) && record.waits && !record.over && record.process->in_wait &&
		       record.process->stopped_until <= scheduler().now();
	};
	for (const WriterRecord& writer : writers_) {
		if (!sleeps(writer) || plan_->contract.overflow != Overflow::kBlock) {
			continue;
		}
		uint64_t readers = 0;
		bool all_read = true;
		for (const ReaderRecord& reader : readers_) {
			// A handshake may hold the lane back, whatever has become of the reader.
			const auto found = reader.intakes.find(writer.index);
			const bool was_connected = found != reader.intakes.end() && found->second.connected;
			const bool connected = was_connected && !found->second.departed;
			all_read = all_read && (was_connected || reader.open.begin == kNotYet);
			if (connected && reader.holds_back) {
				readers += 1;
				all_read =
					all_read && sleeps(reader) && found->second.start_known && found->second.next() == writer.accepted;
			}
		}
		if (readers > 0 && all_read) {
			return writer.name + " sleeps, though " + number(readers) + " readers have read everything";
		}
	}
	return {};
}

std::string Oracle::unsettled() const {
	for (const EndpointRecord* record : endpoints_) {
		if (record->process->alive() && !record->script_done) {
			return record->name + " has not finished its program";
		}
	}
	for (const ReaderRecord& reader : readers_) {
		if (!alive(reader) || reader.over || reader.ended) {
			continue;
		}
		for (const WriterRecord& writer : writers_) {
			if (!alive(writer) || writer.over) {
				continue;
			}
			const auto found = reader.intakes.find(writer.index);
			if (found == reader.intakes.end() || !found->second.connected || found->second.departed) {
				return reader.name + " is not linked with " + writer.name;
			}
			const Intake& intake = found->second;
			if (intake.start_known && intake.next() != writer.accepted) {
				return reader.name + " has " + number(intake.next()) + " of " + number(writer.accepted) +
				       " messages of " + writer.name;
			}
		}
	}
	return {};
}

std::string Oracle::unended() const {
	for (const ReaderRecord& reader : readers_) {
		if (!alive(reader) || reader.over || reader.ended ||
		    reader.plan->reader.options.until.kind == EndRule::Kind::kClosed) {
			continue;
		}
		uint64_t met = 0;
		uint64_t ended = 0;
		for (const auto& [index, intake] : reader.intakes) {
			met += intake.connections;
			ended += writers_[index].end_call.end != kNotYet ? 1 : 0;
		}
		const EndRule& until = reader.plan->reader.options.until;
		const bool due = until.kind == EndRule::Kind::kEnded ? met > 0 && ended == met : ended >= until.writers;
		if (due) {
			return reader.name + " does not end, though " + number(ended) + " writers have";
		}
	}
	return {};
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

// Whether every message has to reach a reader that holds back. A reader from the newest message on does not take over what another one leaves.
bool Oracle::keeps_messages() const {
	return has_limit(plan_->contract.overflow) &&
	       std::none_of(endpoints_.begin(), endpoints_.end(),
	                    [this](const EndpointRecord* record) { return is_excused(*record) || was_silent(*record); }) &&
	       std::none_of(readers_.begin(), readers_.end(), [](const ReaderRecord& reader) {
			   return reader.plan->reader.options.from_newest && reader.holds_back;
		   });
}

std::string Oracle::missing_message() const {
	if (!keeps_messages()) {
		return {};
	}
	for (const WriterRecord& writer : writers_) {
		const bool has_reader = std::any_of(readers_.begin(), readers_.end(), [&](const ReaderRecord& reader) {
			const auto found = reader.intakes.find(writer.index);
			return reader.holds_back && alive(reader) && !reader.over && !reader.ended &&
			       found != reader.intakes.end() && found->second.connected && !found->second.departed;
		});
		const auto missing = std::find(writer.delivered.begin(), writer.delivered.end(), false);
		const auto sequence = static_cast<uint64_t>(missing - writer.delivered.begin());
		if (alive(writer) && !writer.over && has_reader && sequence < writer.accepted) {
			return "message " + number(sequence) + " of " + writer.name + " was given to no reader that holds back";
		}
	}
	return {};
}

void Oracle::check_drained() {
	for (const WriterRecord& writer : writers_) {
		if (writer.missing_when_drained != kNotYet && keeps_messages()) {
			violate("kept", "message " + number(writer.missing_when_drained) + " of " + writer.name +
			                    " was given to no reader that holds back when the writer had drained");
		}
	}
}

} // namespace ringwire::simulation
