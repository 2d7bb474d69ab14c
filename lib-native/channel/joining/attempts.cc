#include "channel/joining/attempts.h"

#include <algorithm>
#include <utility>

#include "channel/endpoint_label.h"

namespace ringwire {

Status too_many(const char* what, size_t limit) {
	return Status::failure(Code::kLimit, std::string("no more than ") + std::to_string(limit) + " " + what);
}

void Attempts::could_not_connect(const std::string& label, const Peer& peer, Status status) {
	note_refusal(peer, status);
	const bool late = status.code == Code::kTimeout;
	if (!late && status.code != Code::kLimit) {
		std::erase(silent_, label); // it has answered, or never will
	}
	if ((late || status.code == Code::kLimit) && has_label(self_.role) && !self_.over()) {
		retries_.connect_later(label);
		if (late || !retries_.is_news(label)) {
			return;
		}
	}
	events_.push_error(peer, std::move(status));
}

// One error event for each shortage, however many peers it keeps from being linked.
void Attempts::could_not_accept(const Peer& peer, Status status) {
	const bool late = status.code == Code::kTimeout;
	const bool known = status.code == Code::kLimit && !retries_.is_news({});
	if (!late && !known) {
		events_.push_error(peer, std::move(status));
	}
}

void Attempts::come_again(const std::string& label) {
	if (has_label(self_.role)) {
		retries_.connect_later(label);
	} else {
		retries_.set(kConnectRetryNanos);
	}
}

void Attempts::dead(const std::string& label) {
	retries_.connected(label);
	std::erase(silent_, label);
}

void Attempts::linked(const Link& link) {
	retries_.connected(link.dialled() ? link.label() : std::string());
	std::erase(silent_, link.label());
	refusal_.link_opened();
}

void Attempts::note_silence(const Link& link) {
	const std::string label = link.label();
	if (self_.role != Role::kReader || link.introduced() || !(link.awaited() || link.is_promised()) ||
	    std::find(silent_.begin(), silent_.end(), label) != silent_.end()) {
		return;
	}
	Peer peer = link.peer;
	(void)parse_endpoint_label(label, peer);
	if (link.socket.open()) {
		const Credentials credentials = link.socket.credentials();
		peer.process = credentials.process;
		peer.user = credentials.user;
	}
	silent_.push_back(label);
	events_.push_error(
		peer, Status::failure(Code::kTimeout,
	                          "a writer on the channel does not answer: its process is stopped, or its thread is "
	                          "blocked; the reader does not end without it"));
}

void Attempts::note_refusal(const Peer& peer, const Status& status) {
	if (!is_duplex(self_.role) && refusal_.note(peer, status)) {
		retries_.wake_soon();
	}
}

void Attempts::report_refusal(const LinkTable& links) {
	if (refusal_.noted() && !retries_.has_untried_label() && links.size() == 0) {
		events_.push(refusal_.report());
	}
}

} // namespace ringwire
