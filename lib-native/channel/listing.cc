#include "channel/listing.h"

#include <charconv>
#include <cstring>
#include <memory>

#include "channel/wire.h"
#include "platform/clock.h"
#include "platform/folder.h"
#include "platform/link_socket.h"
#include "platform/wait_set.h"

namespace ringwire {

namespace {

struct Question {
	LinkSocket socket;
	size_t index; // in the list
};

// "writer-0123456789abcdef"
bool parse_endpoint_name(const std::string& name, Peer& peer) {
	for (const Role role : {Role::kWriter, Role::kReader, Role::kServer}) {
		const std::string prefix = std::string(role_name(role)) + "-";
		if (name.starts_with(prefix) && name.size() == prefix.size() + 16) {
			const char* begin = name.data() + prefix.size();
			peer.role = role;
			return std::from_chars(begin, begin + 16, peer.id, 16).ptr == begin + 16;
		}
	}
	return false;
}

// True: alive, and the question is on its way. False: nobody listens there.
bool ask(const std::string& path, Question& question, Listed& entry) {
	Status ignored;
	switch (question.socket.connect(path, ignored)) {
	case LinkSocket::Connected::kRefused:
		return false;
	case LinkSocket::Connected::kYes: {
		const Credentials credentials = question.socket.credentials();
		entry.peer.process = credentials.process;
		entry.peer.user = credentials.user;
		const auto query = static_cast<uint8_t>(WireType::kQuery);
		(void)question.socket.send(&query, 1);
		return true;
	}
	default:
		return true; // it is there, but takes no connection now
	}
}

void take_answer(Question& question, Listed& entry) {
	alignas(8) std::byte message[kWireBytesMax];
	size_t length = 0;
	HandleOwner unasked;
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
}

void ask_channel(const std::string& folder, const std::string& channel, uint32_t group, std::vector<Listed>& listed,
                 std::vector<std::unique_ptr<Question>>& questions) {
	std::vector<std::string> names;
	if (!list_folder(folder, kEndpointsMax, names).ok()) {
		return;
	}
	std::vector<std::string> silent;
	for (const std::string& name : names) {
		Listed entry;
		auto question = std::make_unique<Question>();
		if (!parse_endpoint_name(name, entry.peer)) {
			continue;
		}
		if (!ask(folder + "/" + name, *question, entry)) {
			silent.push_back(folder + "/" + name);
			continue;
		}
		entry.channel = channel;
		question->index = listed.size();
		listed.push_back(std::move(entry));
		questions.push_back(std::move(question));
	}
	FolderLock lock;
	Status ignored;
	if (lock.take(folder, ignored, group) != FolderLock::Taken::kYes) {
		return;
	}
	// Asked again under the lock: without it, who does not listen may be about to.
	for (const std::string& path : silent) {
		LinkSocket probe;
		if (probe.connect(path, ignored) == LinkSocket::Connected::kRefused) {
			remove_name(path);
		}
	}
	lock.remove_folder_if_empty();
}

} // namespace

Status list_channels(const std::string& directory, uint32_t group, uint64_t timeout_nanos,
                     std::vector<Listed>& listed) {
	const uint64_t deadline = monotonic_nanos() + timeout_nanos;
	std::string runtime;
	std::vector<std::string> channels;
	Status status = open_runtime_folder(directory, runtime, group);
	if (status.ok()) {
		status = list_folder(runtime, kEndpointsMax, channels);
	}
	WaitSet wait_set;
	if (status.ok()) {
		status = wait_set.open();
	}
	if (!status.ok()) {
		return status;
	}
	std::vector<std::unique_ptr<Question>> questions;
	for (const std::string& channel : channels) {
		ask_channel(runtime + "/" + channel, channel, group, listed, questions);
	}
	size_t open = 0;
	for (const auto& question : questions) {
		open += question->socket.open() && wait_set.watch(question->socket.handle(), question.get()) ? 1 : 0;
	}
	while (open > 0) {
		const uint64_t now = monotonic_nanos();
		if (now >= deadline) {
			break;
		}
		void* tokens[WaitSet::kReadyMax];
		const int count = wait_set.collect(tokens, static_cast<int64_t>(deadline - now));
		for (int i = 0; i < count; ++i) {
			auto* question = static_cast<Question*>(tokens[i]);
			take_answer(*question, listed[question->index]);
			wait_set.unwatch(question->socket.handle());
			question->socket.close();
			open -= 1;
		}
	}
	return {};
}

} // namespace ringwire
