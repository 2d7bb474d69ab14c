// A channel's place as a folder with a unix socket for each endpoint, which has the endpoint's label as its name.
//
// A socket is bound under a temporary name, opened to the group, made to listen and then renamed to the label. So a socket
// under a label listens until its endpoint has removed the label or is dead. A refused connection to a label therefore proves that its
// endpoint is dead. A process that removes the label then cannot hit a living endpoint, as no label is used twice.
//
// A temporary name that refuses connections proves nothing, and every process that tidies up removes it. If its owner is alive, its rename
// fails, and it starts over. It also starts over if another process removes the folder, which the kernel permits only while the folder is
// empty.
#include "platform/meeting_place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"
#include "platform/fork.h"
#include "platform/linux/failure.h"
#include "platform/linux/folders/channel_folder.h"
#include "platform/linux/folders/folder.h"
#include "platform/linux/folders/folder_lock.h"
#include "platform/linux/folders/runtime_folder.h"
#include "platform/linux/unix_socket.h"

namespace ringwire {

namespace {

constexpr char kTemporaryPrefix = '.';

std::string temporary_name() {
	char name[kLabelLengthMax + 1];
	std::snprintf(name, sizeof name, "%c%016" PRIx64, kTemporaryPrefix, random_u64());
	return name;
}

bool is_temporary(const std::string& name) {
	return name.starts_with(kTemporaryPrefix);
}

bool is_label(const std::string& name) {
	return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && name != kLockName;
}

} // namespace

struct MeetingPlace::Place {
	std::string folder;
	uint32_t group = kNoGroup;
	std::string label; // empty: it has not appeared, or has withdrawn
	ListenSocket listener;
	WaitSet* watched_by = nullptr;
	FolderLock lock;
	const ProcessMark maker;

	[[nodiscard]] std::string path_of(const std::string& name) const { return folder + "/" + name; }
	[[nodiscard]] bool is_denied(const Status& status) const {
		return group != kNoGroup && status.code == Code::kAccess && status.error == EACCES;
	}
	[[nodiscard]] Status try_to_appear(const std::string& label, int backlog);
	[[nodiscard]] bool remove_temporary(const std::string& name) const;
};

MeetingPlace::MeetingPlace() : place_(std::make_unique<Place>()) {}

MeetingPlace::~MeetingPlace() {
	withdraw();
}

Status MeetingPlace::find(const std::string& directory, const std::string& channel, uint32_t group) {
	std::string runtime;
	Status status = open_runtime_folder(directory, runtime, group);
	if (status.ok()) {
		place_->folder = runtime + "/" + folder_name_of(channel);
		place_->group = group;
	}
	return status;
}

Status MeetingPlace::list(size_t count_max, std::vector<std::string>& labels) const {
	Status status = list_folder(place_->folder, count_max, labels);
	if (place_->is_denied(status)) {
		status = {}; // a member has not opened the folder to the group yet, so it has not appeared
	}
	std::erase_if(labels,
	              [this](const std::string& name) { return !is_label(name) || !is_socket(place_->path_of(name)); });
	return status;
}

Status MeetingPlace::appear(const std::string& label, int backlog) {
	const uint64_t deadline = monotonic_nanos() + kLockWaitNanosMax;
	int start_overs = 0;
	bool removed = false;
	for (;;) {
		Status status = place_->try_to_appear(label, backlog);
		if (status.ok()) {
			place_->label = label;
			return status;
		}
		place_->listener.close();
		const bool vanished = status.error == ENOENT || status.error == EADDRINUSE;
		if (vanished && ++start_overs < kStartOversMax) {
			continue;
		}
		if (!place_->is_denied(status)) {
			return status;
		}
		// Another member of the group has created the folder and is about to open it to the group, or was killed before that.
		if (monotonic_nanos() < deadline) {
			usleep(50);
		} else if (!removed) {
			removed = true;
			rmdir(place_->folder.c_str());
		} else {
			return status;
		}
	}
}

Status MeetingPlace::Place::try_to_appear(const std::string& new_label, int backlog) {
	bool made = false;
	Status status = make_folder(folder, group, made);
	RINGWIRE_STEP("appear: folder made");
	if (status.ok() && group != kNoGroup && !made) {
		status = open_to_group(folder, group); // for a folder of ours whose maker was killed before that
	}
	if (!status.ok()) {
		return status;
	}
	const std::string temporary = path_of(temporary_name());
	status = listener.open(temporary, backlog, group != kNoGroup);
	RINGWIRE_STEP("appear: listening");
	if (status.ok() && rename(temporary.c_str(), path_of(new_label).c_str()) != 0) {
		status = system_failure("rename", "could not make the endpoint '" + path_of(new_label) + "'");
	}
	RINGWIRE_STEP("appear: visible");
	if (!status.ok()) {
		const int error = status.error;
		remove_name(temporary);
		if (error != EACCES) {
			rmdir(folder.c_str()); // if it is empty
		}
	}
	return status;
}

void MeetingPlace::withdraw() {
	Place& place = *place_;
	if (place.label.empty() || !place.maker.is_of_this_process()) {
		return;
	}
	if (place.watched_by != nullptr) {
		unwatch(*place.watched_by);
	}
	// In this order: until its name is removed, the socket listens.
	remove_name(place.path_of(place.label));
	RINGWIRE_STEP("withdraw: name removed");
	place.listener.close();
	RINGWIRE_STEP("withdraw: listener closed");
	place.label.clear();
	tidy_up();
}

bool MeetingPlace::watch(WaitSet& wait_set, void* token) {
	const bool watched = wait_set.watch_handle(place_->listener.handle(), token);
	place_->watched_by = watched ? &wait_set : nullptr;
	return watched;
}

void MeetingPlace::unwatch(WaitSet& wait_set) {
	wait_set.unwatch_handle(place_->listener.handle());
	place_->watched_by = nullptr;
}

MeetingPlace::Accepted MeetingPlace::accept(LinkEnd& end) {
	OsHandle handle = kNoHandle;
	switch (place_->listener.accept(handle)) {
	case ListenSocket::Accepted::kYes:
		end.adopt(handle);
		return Accepted::kYes;
	case ListenSocket::Accepted::kLimit:
		return Accepted::kLimit;
	case ListenSocket::Accepted::kNothing:
		break;
	}
	return Accepted::kNothing;
}

MeetingPlace::Dialled MeetingPlace::dial(const std::string& label, LinkEnd& end, Status& status) const {
	const std::string path = place_->path_of(label);
	switch (connect_socket(path, end, status)) {
	case Connected::kYes:
		return Dialled::kYes;
	case Connected::kBusy:
		return Dialled::kBusy;
	case Connected::kFailed:
		return Dialled::kFailed;
	case Connected::kRefused:
		break;
	}
	RINGWIRE_STEP("death: found out");
	if (is_socket(path)) {
		remove_name(path);
		RINGWIRE_STEP("death: name removed");
	}
	return Dialled::kDead;
}

bool MeetingPlace::answers(const std::string& label, uint32_t* process) const {
	LinkEnd probe;
	Status ignored;
	const Dialled dialled = dial(label, probe, ignored);
	if (process != nullptr) {
		*process = dialled == Dialled::kYes ? probe.credentials().process : 0;
	}
	return dialled != Dialled::kDead;
}

bool MeetingPlace::admits(const LinkEnd& end) const {
	return end.credentials().user == own_user() || (place_->group != kNoGroup && peer_in_group(end, place_->group));
}

MeetingPlace::Locked MeetingPlace::try_lock(Status& status) {
	return lock_until(0, status);
}

MeetingPlace::Locked MeetingPlace::lock_until(uint64_t deadline, Status& status) {
	const FolderLock::Taken taken = deadline == 0
	                                    ? place_->lock.take(place_->folder, status, place_->group)
	                                    : place_->lock.take_until(place_->folder, deadline, status, place_->group);
	switch (taken) {
	case FolderLock::Taken::kYes:
		return Locked::kYes;
	case FolderLock::Taken::kBusy:
		return Locked::kBusy;
	case FolderLock::Taken::kDenied:
		return deadline == 0 ? Locked::kBusy : Locked::kFailed;
	case FolderLock::Taken::kFailed:
		break;
	}
	return Locked::kFailed;
}

void MeetingPlace::unlock() {
	place_->lock.release();
}

// A socket that a member of the group has not opened to the group is not renamed yet: if that member is alive, it starts over.
bool MeetingPlace::Place::remove_temporary(const std::string& name) const {
	LinkEnd probe;
	Status status;
	const Connected connected = connect_socket(path_of(name), probe, status);
	const bool denied = connected == Connected::kFailed && is_denied(status);
	if (connected != Connected::kRefused && !denied) {
		return false;
	}
	RINGWIRE_STEP("tidy up: temporary name found");
	remove_name(path_of(name));
	return true;
}

// Each endpoint removes its own name before it looks for others. So of several that withdraw at the same time the last one sees no name of
// theirs, and removes the folder; the kernel refuses that while there is anything in it. The holder of a lock removes lock and folder itself.
void MeetingPlace::tidy_up() const {
	std::vector<std::string> names;
	if (!list_folder(place_->folder, kEndpointsMax, names).ok()) {
		return;
	}
	for (const std::string& name : names) {
		if (!is_socket(place_->path_of(name))) {
			continue;
		}
		if (is_temporary(name) ? !place_->remove_temporary(name) : answers(name)) {
			return; // it tidies up when it withdraws
		}
	}
	if (remove_left_over_lock(place_->folder, place_->group)) {
		RINGWIRE_STEP("tidy up: nothing left");
		rmdir(place_->folder.c_str());
	}
}

Status list_places(const std::string& directory, uint32_t group, size_t count_max, std::vector<std::string>& channels) {
	std::string runtime;
	std::vector<std::string> names;
	channels.clear();
	Status status = open_runtime_folder(directory, runtime, group);
	if (status.ok()) {
		status = list_folder(runtime, count_max, names);
	}
	for (const std::string& name : names) {
		std::string channel;
		if (channel_of_folder(name, channel)) {
			channels.push_back(std::move(channel));
		}
	}
	return status;
}

} // namespace ringwire
