// The events of the endpoints: whether each of them is true.
#include "simulation/oracle/oracle.h"

#include <algorithm>

#include "platform/simulated/heap.h"

namespace ringwire::simulation {

using simulated::Heap;
using simulated::scheduler;

void note_event(const Event& event, const std::string& peer) {
	switch (event.type) {
	case Event::Type::kConnect:
		scheduler().note("    event: connect, %s", peer.c_str());
		break;
	case Event::Type::kDisconnect:
		scheduler().note("    event: disconnect, %s, reason %d", peer.c_str(), static_cast<int>(event.reason));
		break;
	case Event::Type::kLost:
		scheduler().note("    event: %d lost of %s", static_cast<int>(event.count), peer.c_str());
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
}

void Oracle::saw(EndpointRecord& record, const Event& event) {
	const Heap::Outside outside;
	EndpointRecord* peer = find(event.peer.id);
	note_event(event, peer == nullptr ? "?" : peer->name);
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
		if (reader == nullptr) {
			violate("event", record.name + " was told of an end, and is no reader");
			break;
		}
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

} // namespace ringwire::simulation
