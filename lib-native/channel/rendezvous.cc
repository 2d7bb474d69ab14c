#include "channel/rendezvous.h"

#include <algorithm>

#include "channel/endpoint_name.h"
#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

std::string Rendezvous::path_of(Role role, uint64_t id) const {
	return folder_ + "/" + endpoint_name(role, id);
}

Status Rendezvous::find() {
	std::string runtime;
	if (contract_.name.empty()) {
		return Status::failure(Code::kInvalidName,
		                       "a channel must have a name"); // its folder would be that of all channels
	}
	Status status = open_runtime_folder(contract_.directory, runtime, contract_.group);
	if (status.ok()) {
		RINGWIRE_STEP("join: run-time folder found");
		folder_ = runtime + "/" + contract_.name;
	}
	return status;
}

bool Rendezvous::nobody_is_there() const {
	std::vector<std::string> names;
	return list_folder(folder_, kEndpointsMax, names).ok() &&
	       std::none_of(names.begin(), names.end(), [](const std::string& name) { return name != "lock"; });
}

bool Rendezvous::may_join(const LinkSocket& socket) const {
	return socket.credentials().user == own_user() ||
	       (contract_.group != kNoGroup && socket.peer_in_group(contract_.group));
}

bool Rendezvous::enter(Entry& entry, Status& status) {
	FolderLock::Taken taken = entry.lock.take(folder_, status, contract_.group);
	attempts_ += 1;
	if ((taken == FolderLock::Taken::kBusy || taken == FolderLock::Taken::kDenied) && role_ == Role::kServer &&
	    attempts_ == 1) {
		// Whether there is a server already is to be known at once.
		taken = entry.lock.take_until(folder_, monotonic_nanos() + kLockWaitNanosMax, status, contract_.group);
	}
	switch (taken) {
	case FolderLock::Taken::kFailed:
		return false;
	case FolderLock::Taken::kBusy:
		RINGWIRE_STEP("join: lock is busy");
		status = held_for_long(); // or {}, of a denial before
		// It is held for a few system calls, unless its holder is stopped.
		entry.retry_nanos = attempts_ < kLockRetriesSoon ? kLockRetryNanos : kConnectRetryNanos;
		return false;
	case FolderLock::Taken::kDenied:
		denied_by_member(entry, status);
		return false;
	case FolderLock::Taken::kYes:
		denials_ = 0;
		break;
	}
	// While we hold the lock nobody is half visible: who has a name listens, and who comes later will connect to us.
	std::vector<std::string> names;
	status = list_folder(folder_, kEndpointsMax, names);
	RINGWIRE_STEP("join: listed");
	if (status.ok()) {
		status = may_enter(names);
	}
	if (status.ok() && has_name()) {
		status = appear();
	}
	if (!status.ok()) {
		entry.lock.release();
		tidy_up(folder_, contract_.group);
		return false;
	}
	presence_ = has_name() ? Presence::kEntered : presence_;
	RINGWIRE_STEP("join: appeared");
	const std::string wanted = endpoint_name_prefix(opposite(role_));
	for (const std::string& name : names) {
		const std::string path = folder_ + "/" + name;
		const bool closed = contract_.group != kNoGroup && is_socket_closed_to_group(path);
		if (name.starts_with(wanted) && !(closed && remove_dead_name(path, contract_.group))) {
			entry.peers.push_back(path);
		}
	}
	return true;
}

// A lock is normally held for a few system calls. One error event, from an endpoint whose peers cannot find it meanwhile.
Status Rendezvous::held_for_long() {
	const uint64_t now = monotonic_nanos();
	busy_since_ = busy_since_ == 0 ? now : busy_since_;
	if (!has_name() || held_reported_ || now - busy_since_ < kLockHeldNanos) {
		return {};
	}
	held_reported_ = true;
	const uint32_t holder = FolderLock::holder(folder_);
	return Status::failure(Code::kTimeout,
	                       "the lock of '" + contract_.name + "' has been held for more than a second by " +
	                           (holder == 0 ? std::string("another process") : "process " + std::to_string(holder)) +
	                           ": this " + std::string(role_name(role_)) + " joins the channel when it is released");
}

// Most likely it is about to let us in. If not, it may have been killed before it could; else it means us.
void Rendezvous::denied_by_member(Entry& entry, Status& status) {
	denials_ += 1;
	entry.retry_nanos = denials_ < kDenialsMax ? kLockRetryNanos : kConnectRetryNanos;
	if (denials_ == kDenialsMax) {
		entry.lock.remove_unfinished();
	}
	if (denials_ != kDenialsMax + 1) {
		status = {}; // told once
	}
}

// A name belongs to one kind of channel at a time, and a duplex channel has one server.
Status Rendezvous::may_enter(const std::vector<std::string>& names) const {
	for (const std::string& name : names) {
		const bool server = name.starts_with(endpoint_name_prefix(Role::kServer));
		const bool one_way = name.starts_with(endpoint_name_prefix(Role::kWriter)) ||
		                     name.starts_with(endpoint_name_prefix(Role::kReader));
		const bool other_kind = is_duplex(role_) ? one_way : server;
		if (!other_kind && !(server && role_ == Role::kServer)) {
			continue;
		}
		Credentials holder;
		if (remove_dead_name(folder_ + "/" + name, contract_.group, &holder)) {
			continue;
		}
		if (!other_kind) {
			const std::string process = holder.process == 0 ? std::string("a process that cannot be seen from here")
			                                                : "process " + std::to_string(holder.process);
			return Status::failure(Code::kExists, "a server of '" + contract_.name +
			                                          "' is listening already: " + process + ", endpoint " +
			                                          name.substr(endpoint_name_prefix(Role::kServer).size()));
		}
		return Status::failure(Code::kMismatch, "the name '" + contract_.name + "' is in use by a " +
		                                            (server ? "duplex" : "one-way") + " channel, ours is a " +
		                                            (server ? "one-way" : "duplex") + " one: choose another name");
	}
	return {};
}

Status Rendezvous::appear() {
	Status status = listener_.open(path_of(role_, id_), kBacklog, contract_.group != kNoGroup);
	RINGWIRE_STEP("appear: listening");
	if (status.ok() && !wait_set_.watch(listener_.handle(), this)) {
		status = Status::failure(Code::kLimit, "the kernel could not watch one more socket");
	}
	if (!status.ok()) {
		remove_name(path_of(role_, id_));
		return status;
	}
	listening_ = true;
	return status;
}

void Rendezvous::withdraw() {
	const bool was_in = presence_ == Presence::kEntered;
	presence_ = Presence::kGone;
	listener_.close();
	RINGWIRE_STEP("withdraw: listener closed");
	listening_ = false;
	if (!was_in) {
		return;
	}
	remove_name(path_of(role_, id_));
	RINGWIRE_STEP("withdraw: name removed");
	tidy_up(folder_, contract_.group);
}

bool Rendezvous::remove_dead(const Peer& peer) {
	if (folder_.empty()) {
		return false;
	}
	const std::string path = path_of(peer.role, peer.id);
	if (remove_dead_name(path, contract_.group) || !has_name()) {
		return false;
	}
	dying_.emplace_back(path, kLooksAtTheDyingMax);
	return true;
}

bool Rendezvous::remove_dying() {
	for (auto& [path, looks] : dying_) {
		looks = remove_dead_name(path, contract_.group) ? 0 : looks - 1;
	}
	std::erase_if(dying_, [](const auto& entry) { return entry.second == 0; });
	return !dying_.empty();
}

// The last endpoint with a name may have left while this one held the lock, and could not clean up then.
void Rendezvous::release(Entry& entry) const {
	entry.lock.release();
	if (!has_name() && std::none_of(entry.peers.begin(), entry.peers.end(), is_socket)) {
		tidy_up(folder_, contract_.group);
	}
}

ListenSocket::Accepted Rendezvous::accept(OsHandle& handle) {
	const ListenSocket::Accepted accepted = listener_.accept(handle);
	if (accepted == ListenSocket::Accepted::kLimit) {
		// The connection waits in the backlog, and would wake us all the time.
		wait_set_.unwatch(listener_.handle());
		listening_ = false;
	}
	return accepted;
}

bool Rendezvous::listen_again() {
	if (presence_ == Presence::kEntered && !listening_) {
		listening_ = wait_set_.watch(listener_.handle(), this);
		return listening_;
	}
	return true;
}

} // namespace ringwire
