#include "channel/listing/listing.h"

#include <algorithm>
#include <cstring>
#include <list>

#include "channel/endpoint_label.h"
#include "channel/wire.h"
#include "platform/clock.h"
#include "platform/meeting_place.h"
#include "platform/wait_set.h"

namespace ringwire {

namespace {

// Questions on their way at a time: each costs a descriptor, of which others need some too.
constexpr size_t kQuestionsMax = 256;

struct Channel {
	std::string name;
	MeetingPlace place;
	std::vector<std::string> labels;
	bool had_dead = false;
};

struct Question {
	LinkEnd socket;
	size_t index; // in the list
};

bool is_shortage(const Status& status) {
	return status.code == Code::kLimit && status.error != 0;
}

void take_answer(Question& question, Listed& entry) {
	alignas(8) std::byte message[kWireBytesMax];
	size_t length = 0;
	ReceivedHandle unasked;
	bool truncated = false;
	if (question.socket.receive(message, sizeof message, length, unasked, truncated) != LinkEnd::Received::kMessage ||
	    length != sizeof(WireReport)) {
		return;
	}
	WireReport report;
	std::memcpy(&report, message, sizeof report);
	if (report.type != static_cast<uint8_t>(WireType::kReport)) {
		return;
	}
	entry.answered = true;
	entry.codec = wire_text(report.codec, sizeof report.codec);
	entry.overflow = wire_text(report.overflow, sizeof report.overflow);
	entry.peers = report.peers;
	entry.capacity = report.capacity;
	entry.depth = report.depth;
	entry.unread = report.unread;
	entry.unread_bytes = report.unread_bytes;
	entry.messages = report.messages;
	entry.holders = report.holders;
	entry.pool_bytes = report.pool_bytes;
	entry.pool_used = report.pool_used;
	entry.leases = report.leases;
	entry.oldest_lease_nanos = report.oldest_lease_nanos;
	entry.waiting = report.waiting;
}

// Asks endpoints, a bounded number of them at a time, and takes the answers as they come.
class Inquiry {
public:
	Inquiry(uint64_t deadline, std::vector<Listed>& listed) : deadline_(deadline), listed_(listed) {}

	[[nodiscard]] Status open() { return wait_set_.open(); }
	// Adds the endpoint to the list if it is alive.
	[[nodiscard]] Status ask(Channel& channel, const std::string& label, Listed entry);
	// Waits for answers till the deadline, and then for none. False: all are there.
	bool wait_for_answers();

private:
	// False: it is dead. A status that is not ok: a descriptor was missing.
	[[nodiscard]] bool try_ask(Question& question, const Channel& channel, const std::string& label, Listed& entry,
	                           Status& status);

	const uint64_t deadline_;
	std::vector<Listed>& listed_;
	WaitSet wait_set_;
	std::list<Question> questions_;
};

Status Inquiry::ask(Channel& channel, const std::string& label, Listed entry) {
	while (questions_.size() >= kQuestionsMax) {
		wait_for_answers();
	}
	std::list<Question> question(1);
	question.front().index = listed_.size();
	Status status;
	bool alive = try_ask(question.front(), channel, label, entry, status);
	while (!status.ok() && wait_for_answers()) { // an answer frees a descriptor
		alive = try_ask(question.front(), channel, label, entry, status);
	}
	if (!status.ok()) {
		return status;
	}
	if (!alive) {
		channel.had_dead = true;
		return {};
	}
	listed_.push_back(std::move(entry));
	if (question.front().socket.open()) {
		questions_.splice(questions_.end(), question);
	}
	return {};
}

bool Inquiry::try_ask(Question& question, const Channel& channel, const std::string& label, Listed& entry,
                      Status& status) {
	status = {};
	switch (channel.place.dial(label, question.socket, status)) {
	case MeetingPlace::Dialled::kYes:
		break;
	case MeetingPlace::Dialled::kDead:
		return false;
	case MeetingPlace::Dialled::kBusy:
		return true; // it exists, but takes no connection now
	case MeetingPlace::Dialled::kFailed:
		if (is_shortage(status)) {
			return false;
		}
		status = {};
		return true;
	}
	if (!wait_set_.watch(question.socket, &question)) {
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
		question.socket.close();
		return false;
	}
	question.socket.refuse_handles();
	const Credentials credentials = question.socket.credentials();
	entry.peer.process = credentials.process;
	entry.peer.user = credentials.user;
	const auto query = static_cast<uint8_t>(WireType::kQuery);
	(void)question.socket.send(&query, 1);
	return true;
}

bool Inquiry::wait_for_answers() {
	if (questions_.empty()) {
		return false;
	}
	const uint64_t now = monotonic_nanos();
	void* tokens[WaitSet::kReadyMax];
	const int count = wait_set_.collect(tokens, now < deadline_ ? static_cast<int64_t>(deadline_ - now) : 0);
	for (int i = 0; i < count; ++i) {
		auto* question = static_cast<Question*>(tokens[i]);
		take_answer(*question, listed_[question->index]);
		wait_set_.unwatch(question->socket);
		questions_.remove_if([question](const Question& other) { return &other == question; });
	}
	if (count <= 0 && now >= deadline_) {
		questions_.clear();
	}
	return true;
}

Status ask_all(Inquiry& inquiry, Channel& channel) {
	for (const std::string& label : channel.labels) {
		Listed entry;
		entry.channel = channel.name;
		if (!parse_endpoint_label(label, entry.peer)) {
			continue;
		}
		Status status = inquiry.ask(channel, label, std::move(entry));
		if (!status.ok()) {
			return status;
		}
	}
	return {};
}

// Of each channel all labels, before the questions need descriptors too.
Status find_channels(const std::string& directory, uint32_t group, std::list<Channel>& channels) {
	std::vector<std::string> names;
	Status status = list_places(directory, group, kEndpointsMax, names);
	for (size_t i = 0; i < names.size() && status.ok(); ++i) {
		Channel& channel = channels.emplace_back();
		channel.name = names[i];
		status = channel.place.find(directory, names[i], group);
		if (status.ok()) {
			status = channel.place.list(kEndpointsMax, channel.labels);
		}
		if (!status.ok() && !is_shortage(status)) {
			status = {}; // not for us, or no channel
			channels.pop_back();
		}
	}
	return status;
}

} // namespace

Status list_channels(const std::string& directory, uint32_t group, uint64_t timeout_nanos,
                     std::vector<Listed>& listed) {
	Inquiry inquiry(monotonic_nanos() + timeout_nanos, listed);
	std::list<Channel> channels;
	Status status = find_channels(directory, group, channels);
	if (status.ok()) {
		status = inquiry.open();
	}
	for (auto channel = channels.begin(); channel != channels.end() && status.ok(); ++channel) {
		status = ask_all(inquiry, *channel);
	}
	if (!status.ok()) {
		return status;
	}
	while (inquiry.wait_for_answers()) {
	}
	for (const Channel& channel : channels) {
		if (channel.had_dead) {
			channel.place.tidy_up();
		}
	}
	return {};
}

} // namespace ringwire
