#include "channel/listing.h"

#include <algorithm>
#include <cstring>
#include <list>

#include "channel/endpoint_name.h"
#include "channel/wire.h"
#include "platform/clock.h"
#include "platform/folder.h"
#include "platform/link_socket.h"
#include "platform/wait_set.h"

namespace ringwire {

namespace {

// Questions on their way at a time: each costs a descriptor, of which others need some too.
constexpr size_t kQuestionsMax = 256;

struct ChannelFolder {
	std::string channel;
	std::string path;
	std::vector<std::string> names;
	std::vector<std::string> silent; // paths of those who do not listen
};

struct Question {
	LinkSocket socket;
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
	if (question.socket.receive(message, sizeof message, length, unasked, truncated) !=
	        LinkSocket::Received::kMessage ||
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
	entry.waiting = report.waiting != 0;
}

// Asks endpoints, a bounded number of them at a time, and takes the answers as they come.
class Inquiry {
public:
	Inquiry(uint32_t group, uint64_t deadline, std::vector<Listed>& listed)
		: group_(group), deadline_(deadline), listed_(listed) {}

	[[nodiscard]] Status open() { return wait_set_.open(); }
	// Adds it to the list if it is alive; else to the silent ones.
	[[nodiscard]] Status ask(ChannelFolder& folder, const std::string& name, Listed entry);
	// Waits for answers till the deadline, and then for none. False: all are there.
	bool wait_for_answers();

private:
	// False: it is silent. A status that is not ok: a descriptor was missing.
	[[nodiscard]] bool try_ask(Question& question, const std::string& path, Listed& entry, Status& status);

	const uint32_t group_;
	const uint64_t deadline_;
	std::vector<Listed>& listed_;
	WaitSet wait_set_;
	std::list<Question> questions_;
};

Status Inquiry::ask(ChannelFolder& folder, const std::string& name, Listed entry) {
	const std::string path = folder.path + "/" + name;
	while (questions_.size() >= kQuestionsMax) {
		wait_for_answers();
	}
	std::list<Question> question(1);
	question.front().index = listed_.size();
	Status status;
	bool alive = try_ask(question.front(), path, entry, status);
	while (!status.ok() && wait_for_answers()) { // whoever has answered has left its descriptor to us
		alive = try_ask(question.front(), path, entry, status);
	}
	if (!status.ok()) {
		return status;
	}
	if (!alive) {
		folder.silent.push_back(path);
		return {};
	}
	listed_.push_back(std::move(entry));
	if (question.front().socket.open()) {
		questions_.splice(questions_.end(), question);
	}
	return {};
}

bool Inquiry::try_ask(Question& question, const std::string& path, Listed& entry, Status& status) {
	status = {};
	switch (question.socket.connect(path, status)) {
	case LinkSocket::Connected::kYes:
		break;
	case LinkSocket::Connected::kRefused:
		return false;
	case LinkSocket::Connected::kBusy:
		return true; // it is there, but takes no connection now
	case LinkSocket::Connected::kFailed:
		if (is_shortage(status)) {
			return false;
		}
		const bool half_made = group_ != kNoGroup && status.code == Code::kAccess && is_socket_closed_to_group(path);
		status = {};
		return !half_made;
	}
	if (!wait_set_.watch(question.socket.handle(), &question)) {
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
		wait_set_.unwatch(question->socket.handle());
		questions_.remove_if([question](const Question& other) { return &other == question; });
	}
	if (count <= 0 && now >= deadline_) {
		questions_.clear();
	}
	return true;
}

// Only what has the name of an endpoint and is a socket: whatever else there is in the run-time folder is none of ours.
Status ask_all(Inquiry& inquiry, ChannelFolder& folder) {
	for (const std::string& name : folder.names) {
		Listed entry;
		entry.channel = folder.channel;
		if (!parse_endpoint_name(name, entry.peer) || !is_socket(folder.path + "/" + name)) {
			continue;
		}
		Status status = inquiry.ask(folder, name, std::move(entry));
		if (!status.ok()) {
			return status;
		}
	}
	return {};
}

// Of each channel all names, before the questions need descriptors too.
Status find_channels(const std::string& runtime, std::vector<ChannelFolder>& folders) {
	std::vector<std::string> channels;
	Status status = list_folder(runtime, kEndpointsMax, channels);
	for (size_t i = 0; i < channels.size() && status.ok(); ++i) {
		folders.push_back({channels[i], runtime + "/" + channels[i], {}, {}});
		status = list_folder(folders.back().path, kEndpointsMax, folders.back().names);
		if (!status.ok() && !is_shortage(status)) {
			status = {}; // not for us, or no channel
			folders.pop_back();
		}
	}
	return status;
}

// Asked again under the lock: without it, who does not listen may be about to.
void remove_the_dead(const ChannelFolder& folder, uint32_t group) {
	if (folder.silent.empty()) {
		return;
	}
	{
		FolderLock lock;
		Status ignored;
		if (lock.take(folder.path, ignored, group) != FolderLock::Taken::kYes) {
			return;
		}
		for (const std::string& path : folder.silent) {
			remove_dead_name(path, group);
		}
	}
	tidy_up(folder.path, group);
}

} // namespace

Status list_channels(const std::string& directory, uint32_t group, uint64_t timeout_nanos,
                     std::vector<Listed>& listed) {
	Inquiry inquiry(group, monotonic_nanos() + timeout_nanos, listed);
	std::string runtime;
	std::vector<ChannelFolder> folders;
	Status status = open_runtime_folder(directory, runtime, group);
	if (status.ok()) {
		status = find_channels(runtime, folders);
	}
	if (status.ok()) {
		status = inquiry.open();
	}
	for (size_t i = 0; i < folders.size() && status.ok(); ++i) {
		status = ask_all(inquiry, folders[i]);
	}
	if (!status.ok()) {
		return status;
	}
	while (inquiry.wait_for_answers()) {
	}
	for (const ChannelFolder& folder : folders) {
		remove_the_dead(folder, group);
	}
	return {};
}

} // namespace ringwire
