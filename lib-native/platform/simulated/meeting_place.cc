// Meeting places in a table of names.
#include "platform/meeting_place.h"

#include <algorithm>

#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"
#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::Heap;
using simulated::kernel;
using simulated::Kernel;
using simulated::LinkObject;
using simulated::ListenerObject;
using simulated::Object;
using simulated::scheduler;

namespace {

std::string path_of_directory(const std::string& directory) {
	return (directory.empty() ? "/run/ringwire" : directory) + "/";
}

} // namespace

struct MeetingPlace::Place {
	std::string path;
	std::string label; // empty: it has not appeared, or has withdrawn
	ReceivedHandle listener;
	WaitSet* watched_by = nullptr;
	HandleOwner lock;

	[[nodiscard]] Kernel::Folder* find() const {
		const auto found = kernel().folders().find(path);
		return found == kernel().folders().end() ? nullptr : &found->second;
	}
	Kernel::Folder& make() const {
		const Heap::Outside outside;
		return kernel().folders()[std::string(path)];
	}
	[[nodiscard]] ListenerObject* find_listener(const std::string& of_label) const {
		const Heap::Outside outside;
		const Kernel::Folder* folder = find();
		if (folder == nullptr) {
			return nullptr;
		}
		const auto found = folder->sockets.find(of_label);
		return found == folder->sockets.end() ? nullptr : found->second;
	}
	[[nodiscard]] Status listen(const std::string& new_label, int backlog) {
		if (!kernel().has_room_for(1)) {
			return Status{Code::kLimit, "could not make an endpoint: too many handles", "bind", 1};
		}
		const Heap::Outside outside;
		Kernel::Folder& folder = make();
		ListenerObject& made = kernel().make_listener();
		folder.sockets[std::string(new_label)] = &made;
		listener.adopt(kernel().add_handle(made));
		made.backlog_max = std::min(static_cast<size_t>(backlog), kernel().shortages().backlog_max);
		made.listening = true;
		return {};
	}
	void remove_label(const std::string& dead) const {
		const Heap::Outside outside;
		Kernel::Folder* folder = find();
		if (folder != nullptr) {
			folder->sockets.erase(dead);
		}
	}
	void remove_if_empty() const {
		const Heap::Outside outside;
		const Kernel::Folder* folder = find();
		if (folder != nullptr && folder->sockets.empty() && folder->lock == nullptr) {
			kernel().folders().erase(std::string(path));
		}
	}
};

MeetingPlace::MeetingPlace() : place_(std::make_unique<Place>()) {}

MeetingPlace::~MeetingPlace() {
	withdraw();
	unlock();
}

Status MeetingPlace::find(const std::string& directory, const std::string& channel, uint32_t) {
	place_->path = path_of_directory(directory) + channel;
	return {};
}

Status MeetingPlace::list(size_t count_max, std::vector<std::string>& labels) const {
	scheduler().point("list", 20, 0);
	labels.clear();
	const Kernel::Folder* folder = place_->find();
	if (folder == nullptr) {
		return {};
	}
	for (const auto& [label, listener] : folder->sockets) {
		labels.emplace_back(label);
	}
	if (labels.size() > count_max) {
		labels.clear();
		return Status::failure(Code::kLimit,
		                       "'" + place_->path + "' has more than " + std::to_string(count_max) + " entries");
	}
	for (size_t i = labels.size(); i > 1; --i) {
		std::swap(labels[i - 1], labels[kernel().random().below(i)]);
	}
	return {};
}

Status MeetingPlace::appear(const std::string& label, int backlog) {
	scheduler().point("appear", 17, 0);
	scheduler().note("    %s", label.c_str());
	Status status = place_->listen(label, backlog);
	RINGWIRE_STEP("appear: visible");
	if (status.ok()) {
		place_->label = label;
	}
	return status;
}

void MeetingPlace::withdraw() {
	if (place_->label.empty()) {
		return;
	}
	if (place_->watched_by != nullptr) {
		unwatch(*place_->watched_by);
	}
	scheduler().point("remove label", 21, 0);
	place_->remove_label(place_->label);
	RINGWIRE_STEP("withdraw: name removed");
	place_->listener.adopt(kNoHandle);
	RINGWIRE_STEP("withdraw: listener closed");
	place_->label.clear();
	tidy_up();
}

bool MeetingPlace::watch(WaitSet& wait_set, void* token) {
	const bool watched = wait_set.watch_handle(place_->listener.get(), token);
	place_->watched_by = watched ? &wait_set : nullptr;
	return watched;
}

void MeetingPlace::unwatch(WaitSet& wait_set) {
	wait_set.unwatch_handle(place_->listener.get());
	place_->watched_by = nullptr;
}

MeetingPlace::Accepted MeetingPlace::accept(LinkEnd& end) {
	scheduler().point("accept", 19, 0);
	auto* listener = kernel().get<ListenerObject>(place_->listener.get(), Object::Kind::kListener);
	if (listener->backlog.empty()) {
		return Accepted::kNothing;
	}
	if (!kernel().has_room_for(1)) {
		return Accepted::kLimit;
	}
	const Heap::Outside outside;
	LinkObject& link = *listener->backlog.front();
	listener->backlog.pop_front();
	end.adopt(kernel().add_handle(link));
	kernel().release(link);
	return Accepted::kYes;
}

MeetingPlace::Dialled MeetingPlace::dial(const std::string& label, LinkEnd& end, Status& status) const {
	scheduler().point("connect", 12, 0);
	scheduler().note("    to %s/%s", place_->path.c_str(), label.c_str());
	if (!kernel().has_room_for(1)) {
		status = Status{Code::kLimit, "could not make a link: too many handles", "connect", 1};
		return Dialled::kFailed;
	}
	ListenerObject* listener = place_->find_listener(label);
	if (listener == nullptr || !listener->listening) {
		RINGWIRE_STEP("death: found out");
		place_->remove_label(label);
		return Dialled::kDead;
	}
	if (listener->backlog.size() > listener->backlog_max) {
		kernel().owner().had_full_backlog = true;
		return Dialled::kBusy;
	}
	const Heap::Outside outside;
	LinkObject& near = kernel().make_link();
	LinkObject& far = kernel().make_link();
	kernel().join(near, far);
	near.peer_process = listener->process;
	far.peer_process = kernel().process_id();
	kernel().reference(far);
	listener->backlog.push_back(&far);
	end.adopt(kernel().add_handle(near));
	kernel().notify(*listener);
	return Dialled::kYes;
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

bool MeetingPlace::admits(const LinkEnd&) const {
	return true;
}

MeetingPlace::Locked MeetingPlace::try_lock(Status& status) {
	scheduler().point("lock", 23, 0);
	if (!kernel().has_room_for(1)) {
		status = Status{Code::kLimit, "could not open the lock of '" + place_->path + "': too many handles", "lock", 1};
		return Locked::kFailed;
	}
	if (place_->make().lock != nullptr) {
		return Locked::kBusy;
	}
	place_->lock.adopt(kernel().add_handle(kernel().make_lock(place_->path)));
	RINGWIRE_STEP("lock: locked");
	return Locked::kYes;
}

MeetingPlace::Locked MeetingPlace::lock_until(uint64_t deadline, Status& status) {
	Locked locked = try_lock(status);
	while (locked == Locked::kBusy && monotonic_nanos() < deadline) {
		scheduler().sleep(50'000);
		locked = try_lock(status);
	}
	return locked;
}

void MeetingPlace::unlock() {
	if (place_->lock.held()) {
		place_->lock.adopt(kNoHandle);
		place_->remove_if_empty();
	}
}

void MeetingPlace::tidy_up() const {
	std::vector<std::string> labels;
	(void)list(SIZE_MAX, labels);
	for (const std::string& label : labels) {
		if (answers(label)) {
			return; // it tidies up when it withdraws
		}
	}
	scheduler().point("remove place", 24, 0);
	place_->remove_if_empty();
}

Status list_places(const std::string& directory, uint32_t, size_t count_max, std::vector<std::string>& channels) {
	scheduler().point("list places", 22, 0);
	channels.clear();
	const std::string prefix = path_of_directory(directory);
	for (const auto& [path, unused] : kernel().folders()) {
		if (path.starts_with(prefix)) {
			channels.emplace_back(path.substr(prefix.size()));
		}
	}
	return channels.size() <= count_max
	           ? Status{}
	           : Status::failure(Code::kLimit, "there are more than " + std::to_string(count_max) + " channels");
}

} // namespace ringwire
