// Run-time folders in a table of names.
#include "platform/folder.h"

#include <algorithm>

#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"
#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::Heap;
using simulated::kernel;
using simulated::Kernel;
using simulated::pid_of;
using simulated::scheduler;

namespace {

constexpr const char* kLockName = "lock";

Kernel::Folder* find_folder(const std::string& path) {
	const auto found = kernel().folders().find(path);
	return found == kernel().folders().end() ? nullptr : &found->second;
}

struct Place {
	std::string folder;
	std::string name;
};

Place place_of(const std::string& path) {
	const size_t slash = path.rfind('/');
	return {path.substr(0, slash), path.substr(slash + 1)};
}

} // namespace

Status open_runtime_folder(const std::string& chosen, std::string& path, uint32_t) {
	path = chosen.empty() ? "/run/ringwire" : chosen;
	return {};
}

Status list_folder(const std::string& path, size_t count_max, std::vector<std::string>& names) {
	scheduler().point("list", 20, 0);
	names.clear();
	const Kernel::Folder* folder = find_folder(path);
	if (folder == nullptr) {
		for (const auto& [other, unused] : kernel().folders()) {
			const Place place = place_of(other);
			if (place.folder == path) {
				names.push_back(place.name);
			}
		}
		return {};
	}
	if (folder->has_lock_file) {
		names.emplace_back(kLockName);
	}
	for (const auto& [name, listener] : folder->sockets) {
		names.emplace_back(name);
	}
	if (names.size() > count_max) {
		names.clear();
		return Status::failure(Code::kLimit, "'" + path + "' has more than " + std::to_string(count_max) + " entries");
	}
	for (size_t i = names.size(); i > 1; --i) {
		std::swap(names[i - 1], names[kernel().random().below(i)]);
	}
	return {};
}

void remove_name(const std::string& path) {
	scheduler().point("remove name", 21, 0);
	scheduler().note("    %s", path.c_str());
	const Heap::Outside outside;
	const Place place = place_of(path);
	Kernel::Folder* folder = find_folder(place.folder);
	if (folder == nullptr) {
		return;
	}
	const auto socket = folder->sockets.find(place.name);
	if (socket != folder->sockets.end()) {
		folder->sockets.erase(socket);
	}
}

bool is_socket(const std::string& path) {
	scheduler().point("is socket?", 22, 0);
	const Place place = place_of(path);
	const Kernel::Folder* folder = find_folder(place.folder);
	return folder != nullptr && folder->sockets.contains(place.name);
}

bool is_socket_closed_to_group(const std::string&) {
	return false;
}

FolderLock::Taken FolderLock::take(const std::string& path, Status& status, uint32_t) {
	folder_ = path;
	scheduler().point("lock", 23, 0);
	{
		const Heap::Outside outside;
		kernel().folders()[std::string(path)].has_lock_file = true;
	}
	RINGWIRE_STEP("lock: folder made");
	if (!kernel().has_room_for(1)) {
		status = Status{Code::kLimit, "could not open the lock of '" + path + "': too many handles", "lock", 1};
		return Taken::kFailed;
	}
	Kernel::Folder* folder = find_folder(path);
	if (folder == nullptr || folder->lock != nullptr) {
		return Taken::kBusy;
	}
	file_.adopt(kernel().add_handle(kernel().make_lock(path)));
	RINGWIRE_STEP("lock: locked");
	return Taken::kYes;
}

FolderLock::Taken FolderLock::take_until(const std::string& folder, uint64_t deadline, Status& status, uint32_t group) {
	Taken taken = take(folder, status, group);
	while (taken == Taken::kBusy && monotonic_nanos() < deadline) {
		scheduler().sleep(50'000);
		taken = take(folder, status, group);
	}
	return taken;
}

uint32_t FolderLock::holder(const std::string& path) {
	const Kernel::Folder* folder = find_folder(path);
	return folder != nullptr && folder->lock != nullptr ? pid_of(folder->lock->process) : 0;
}

void FolderLock::remove_unfinished() {}

void FolderLock::remove_folder_if_empty() {
	scheduler().point("remove folder", 24, 0);
	const Heap::Outside outside;
	const Kernel::Folder* folder = find_folder(folder_);
	if (folder != nullptr && folder->sockets.empty()) {
		kernel().folders().erase(std::string(folder_));
	}
}

} // namespace ringwire
