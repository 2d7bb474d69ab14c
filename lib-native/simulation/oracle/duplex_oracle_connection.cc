// The messages and the events of a connection.
#include "simulation/oracle/duplex_oracle.h"

#include <cstring>

#include "platform/simulated/heap.h"

namespace ringwire::simulation {

using simulated::Heap;
using simulated::scheduler;

void DuplexOracle::begin_write(AttemptRecord& attempt, Role role) {
	attempt.at(role).attempted = attempt.at(role).accepted + 1;
}

void DuplexOracle::end_write(AttemptRecord& attempt, Role role, bool accepted) {
	const Heap::Outside outside;
	SideRecord& side = attempt.at(role);
	side.accepted += accepted ? 1 : 0;
	side.attempted = side.accepted;
	if (attempt.at(opposite(role)).taken > side.accepted) {
		violate("message", side_name(attempt, role) + ": a message was delivered, but not accepted");
	}
}

void DuplexOracle::took(AttemptRecord& attempt, Role role, const std::byte* message, size_t length) {
	const Heap::Outside outside;
	SideRecord& side = attempt.at(role);
	const std::string name = side_name(attempt, role);
	std::byte expected[Oracle::kLengthMin];
	if (length < sizeof expected) {
		violate("message", name + " got a message of " + number(length) + " bytes");
		return;
	}
	uint64_t words[3];
	std::memcpy(words, message, sizeof words);
	scheduler().note("    %s takes message %d", name.c_str(), static_cast<int>(words[1]));
	if (words[0] != attempt.index || words[2] != length) {
		violate("message", name + " got a message of attempt " + number(words[0]));
		return;
	}
	if (words[1] != side.taken) {
		violate("order", name + " got message " + number(words[1]) + ", but " + number(side.taken) + " is next");
	}
	if (side.taken >= attempt.at(opposite(role)).attempted) {
		violate("message", name + " got message " + number(side.taken) + ", which was not written");
	}
	if (!Oracle::is_whole(message, length)) {
		violate("message", name + " got a torn message");
	}
	side.taken += 1;
}

void DuplexOracle::begin_shutdown(AttemptRecord& attempt, Role role) {
	attempt.at(role).calls_shutdown = true;
	attempt.at(role).told_of_shutdown = true;
}

void DuplexOracle::begin_leave(AttemptRecord& attempt, Role role, bool fails) {
	attempt.at(role).left = true;
	attempt.at(role).failed_leave = fails;
}

void DuplexOracle::saw(AttemptRecord& attempt, Role role, bool by_writer, const Event& event) {
	const Heap::Outside outside;
	SideRecord& side = attempt.at(role);
	const std::string name = side_name(attempt, role);
	note_event(event, name + (by_writer ? " (writer)" : " (reader)"));
	switch (event.type) {
	case Event::Type::kConnect: {
		bool& linked = by_writer ? side.writer_linked : side.reader_linked;
		if (linked) {
			violate("event", name + " was told twice that it is connected");
		}
		linked = true;
		break;
	}
	case Event::Type::kDisconnect:
		saw_disconnect(attempt, role, by_writer, event);
		break;
	case Event::Type::kEnd:
		saw_end(attempt, role);
		break;
	case Event::Type::kShutdown:
		if (!attempt.at(opposite(role)).calls_shutdown && !side.calls_shutdown) {
			violate("shutdown", name + " was told of a shutdown without a call");
		}
		side.told_of_shutdown = true;
		break;
	case Event::Type::kError:
		saw_error(attempt.party(role), name, event, false);
		break;
	case Event::Type::kLost:
	case Event::Type::kRefused:
		violate("event", name + " has an event of type " + number(static_cast<uint64_t>(event.type)));
		break;
	}
}

void DuplexOracle::saw_disconnect(AttemptRecord& attempt, Role role, bool by_writer, const Event& event) {
	SideRecord& side = attempt.at(role);
	const SideRecord& other = attempt.at(opposite(role));
	const PartyRecord& peer = attempt.party(opposite(role));
	const std::string name = side_name(attempt, role);
	bool& gone = by_writer ? side.writer_gone : side.reader_gone;
	if (gone) {
		violate("event", name + " was told twice that the other side is gone");
	}
	gone = true;
	const bool excused = attempt.party(role).process->had_shortage || peer.process->had_shortage || some_silence();
	const bool is_shutdown = other.calls_shutdown || side.calls_shutdown;
	const bool dead = peer.process->killed || peer.process->exited;
	switch (event.reason) {
	case Event::Reason::kCorrupt:
		violate("reason", name + " calls the other side corrupt");
		break;
	case Event::Reason::kDied:
		// A connection that was never opened is closed without a goodbye.
		if (!dead && !other.failed_leave && other.opened && !excused) {
			violate("reason", name + " was told that the other side died" +
			                      (other.left ? ", which left with a goodbye" : ", which lives"));
		}
		break;
	case Event::Reason::kClosed:
		if ((!other.left || other.failed_leave) && !is_shutdown && !excused) {
			violate("reason", name + " was told that the other side has closed, which it has not");
		}
		break;
	}
	if (event.ended && !other.ended && !is_shutdown) {
		violate("end", name + " was told that the other side had ended, which it had not");
	}
	if (!by_writer && side.reader_linked && !is_shutdown && !excused &&
	    (side.taken < other.accepted || side.taken > other.attempted)) {
		violate("death", name + " was told that the other side is gone, and has " + number(side.taken) + " of its " +
		                     number(other.accepted) + " messages");
	}
}

void DuplexOracle::saw_end(AttemptRecord& attempt, Role role) {
	SideRecord& side = attempt.at(role);
	const SideRecord& other = attempt.at(opposite(role));
	const std::string name = side_name(attempt, role);
	if (side.reader_ended) {
		violate("end", name + " ended twice");
	}
	side.reader_ended = true;
	if (other.calls_shutdown || side.calls_shutdown) {
		return;
	}
	if (!other.ended) {
		violate("end", name + " ended, and the other side did not");
	}
	if (side.taken != other.accepted) {
		violate("end", name + " ended with " + number(side.taken) + " of " + number(other.accepted) + " messages");
	}
	if (role == Role::kClient && side.taken != side.accepted) {
		violate("echo",
		        name + " ended with " + number(side.taken) + " answers to " + number(side.accepted) + " messages");
	}
}

} // namespace ringwire::simulation
