#include "channel/joining/rendezvous.h"

#include <algorithm>

#include "channel/endpoint_label.h"
#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

Status Rendezvous::find() {
	if (self_.contract.name.empty()) {
		return Status::failure(Code::kInvalidName, "a channel must have a name");
	}
	Status status = place_.find(self_.contract.directory, self_.contract.name, self_.contract.group);
	has_place_ = status.ok();
	RINGWIRE_STEP("join: place found");
	return status;
}

Status Rendezvous::enter(std::vector<std::string>& labels) {
	Status status = look(labels);
	RINGWIRE_STEP("join: looked before it appears");
	if (status.ok() && has_label(self_.role) && !appeared_) {
		status = appear();
		if (status.ok() && !look(labels).ok()) {
			status = look_under_lock(labels);
		}
		RINGWIRE_STEP("join: looked");
	}
	std::erase_if(labels, [this](const std::string& label) {
		Peer peer;
		return !parse_endpoint_label(label, peer) || peer.role != opposite(self_.role);
	});
	return status;
}

void Rendezvous::list_others(std::vector<std::string>& labels) const {
	(void)place_.list(kEndpointsMax, labels);
	std::erase_if(labels, [this](const std::string& label) {
		Peer peer;
		return !parse_endpoint_label(label, peer) || peer.id == self_.id;
	});
}

// Fails if an endpoint is there that excludes this one.
Status Rendezvous::look(std::vector<std::string>& labels) const {
	Status status = place_.list(kEndpointsMax, labels);
	for (size_t i = 0; i < labels.size() && status.ok(); ++i) {
		status = check_against(labels[i]);
	}
	return status;
}

Status Rendezvous::check_against(const std::string& label) const {
	Peer peer;
	if (!parse_endpoint_label(label, peer) || peer.id == self_.id) {
		return {};
	}
	const bool other_kind = is_duplex(peer.role) != is_duplex(self_.role);
	const bool second_server = peer.role == Role::kServer && self_.role == Role::kServer;
	uint32_t process = 0;
	if ((!other_kind && !second_server) || !place_.answers(label, &process)) {
		return {};
	}
	if (second_server) {
		return Status::failure(Code::kExists, "a server of '" + self_.contract.name + "' is listening already: " +
		                                          (process == 0 ? std::string("a process that cannot be seen from here")
		                                                        : "process " + std::to_string(process)) +
		                                          ", endpoint " + label.substr(label.find('-') + 1));
	}
	return Status::failure(Code::kMismatch, "the name '" + self_.contract.name + "' is in use by a " +
	                                            (is_duplex(peer.role) ? "duplex" : "one-way") + " channel, ours is a " +
	                                            (is_duplex(self_.role) ? "duplex" : "one-way") +
	                                            " one: choose another name");
}

Status Rendezvous::appear() {
	Status status = place_.appear(endpoint_label(self_.role, self_.id), kBacklog);
	appeared_ = status.ok();
	if (status.ok() && !place_.watch(wait_set_, this)) {
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
		withdraw();
	}
	listening_ = status.ok();
	return status;
}

// One of those that exclude each other withdraws while it holds the lock, so the next one does not see it any more.
Status Rendezvous::look_under_lock(std::vector<std::string>& labels) {
	Status status;
	if (place_.lock_until(monotonic_nanos() + kLockWaitNanosMax, status) != MeetingPlace::Locked::kFailed) {
		status = look(labels);
	}
	if (!status.ok()) {
		withdraw();
	}
	place_.unlock();
	return status;
}

void Rendezvous::withdraw() {
	gone_ = true;
	listening_ = false;
	place_.withdraw();
}

bool Rendezvous::remove_dead(const Peer& peer) {
	const std::string label = endpoint_label(peer.role, peer.id);
	if (!has_place_ || !place_.answers(label) || !has_label(self_.role)) {
		return false;
	}
	dying_.emplace_back(label, kLooksAtTheDyingMax);
	return true;
}

bool Rendezvous::remove_dying() {
	for (auto& [label, looks] : dying_) {
		looks = place_.answers(label) ? looks - 1 : 0;
	}
	std::erase_if(dying_, [](const auto& entry) { return entry.second == 0; });
	return !dying_.empty();
}

MeetingPlace::Accepted Rendezvous::accept(LinkEnd& end) {
	const MeetingPlace::Accepted accepted = place_.accept(end);
	if (accepted == MeetingPlace::Accepted::kLimit) {
		// The connection goes on waiting, and would wake this endpoint all the time.
		place_.unwatch(wait_set_);
		listening_ = false;
	}
	return accepted;
}

bool Rendezvous::listen_again() {
	if (appeared_ && !gone_ && !listening_) {
		listening_ = place_.watch(wait_set_, this);
		return listening_;
	}
	return true;
}

} // namespace ringwire
