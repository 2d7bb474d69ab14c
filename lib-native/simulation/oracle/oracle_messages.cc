// The messages: the written ones, those that each reader got, and their order.
#include "simulation/oracle/oracle.h"

#include <algorithm>
#include <cstring>

#include "platform/simulated/heap.h"

namespace ringwire::simulation {

using simulated::Heap;
using simulated::scheduler;

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

bool Oracle::is_whole(const std::byte* message, size_t length) {
	uint64_t words[2];
	std::memcpy(words, message, sizeof words);
	for (size_t i = kLengthMin; i < length; ++i) {
		if (message[i] != static_cast<std::byte>(words[0] * 31 + words[1] * 7 + i)) {
			return false;
		}
	}
	return true;
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
	if (!is_whole(message, length)) {
		violate("message", reader.name + " got a torn message");
		return;
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
