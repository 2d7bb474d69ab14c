// Where endpoints find each other: a private run-time folder with a folder for each channel, in it one socket for each
// endpoint and a lock file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"
#include "platform/handle.h"

namespace ringwire {

// Who may come in: only our own user, or a group as well.
inline constexpr uint32_t kNoGroup = ~uint32_t{0};

// The run-time folder's path, made if missing. `chosen` empty: RINGWIRE_DIR, else $XDG_RUNTIME_DIR/ringwire, else
// /tmp/ringwire-<uid>. Refused unless it is a real folder that belongs to us and is closed to others; with a group, unless
// it belongs to us or that group and is closed to everybody else; one that another member is just making is waited for
// (kLockWaitNanosMax). The path is absolute, also when what was chosen is relative.
[[nodiscard]] Status open_runtime_folder(const std::string& chosen, std::string& path, uint32_t group = kNoGroup);

// Names in a folder, or nothing when it is not there. At most `count_max`.
[[nodiscard]] Status list_folder(const std::string& path, size_t count_max, std::vector<std::string>& names);

void remove_name(const std::string& path);
[[nodiscard]] bool is_socket(const std::string& path);
// What a member of the group makes is so until it is opened to the group.
[[nodiscard]] bool is_socket_closed_to_group(const std::string& path);

// The lock of a channel's folder. The kernel drops it when its holder dies.
class FolderLock {
public:
	enum class Taken { kYes, kBusy, kDenied, kFailed };

	FolderLock() = default;
	FolderLock(const FolderLock&) = delete;
	FolderLock& operator=(const FolderLock&) = delete;
	~FolderLock() { release(); }

	// Makes the folder if missing; without the lock nothing is left of what was made for it. Never waits: kBusy when somebody
	// else holds it; kDenied when another member of the group has made folder or lock and not yet opened it to the group, or
	// does not want to; kFailed. Of these two: see status.
	[[nodiscard]] Taken take(const std::string& folder, Status& status, uint32_t group = kNoGroup);
	// As `take`, but tries until `deadline` of the monotonic clock while the lock is busy or denied.
	[[nodiscard]] Taken take_until(const std::string& folder, uint64_t deadline, Status& status,
	                               uint32_t group = kNoGroup);
	// The process that holds a folder's lock, 0 when none does or the system cannot tell.
	[[nodiscard]] static uint32_t holder(const std::string& folder);
	// After kDenied: removes what a member made that was killed before it could open it to the group. Never what is in use.
	void remove_unfinished();
	// Removes the folder when nothing but the lock file is in it. Only while the lock is held.
	void remove_folder_if_empty();
	void release() { file_.adopt(kNoHandle); }

private:
	HandleOwner file_;
	std::string folder_;
};

} // namespace ringwire
