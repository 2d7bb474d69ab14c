// The lock of a channel's folder: a file that is locked by flock, which the kernel releases with its holder's death, and which is not lost if
// another descriptor of the file is closed. The file exists only while the lock is needed: its holder removes it.
#pragma once

#include <cstdint>
#include <string>

#include "core/status.h"
#include "platform/handle.h"

namespace ringwire {

inline constexpr const char* kLockName = "lock";

class FolderLock {
public:
	// kDenied: another member of the group has created folder or lock and not opened it to the group.
	enum class Taken { kYes, kBusy, kDenied, kFailed };

	FolderLock() = default;
	FolderLock(const FolderLock&) = delete;
	FolderLock& operator=(const FolderLock&) = delete;
	~FolderLock() { release(); }

	// Creates the folder if it is missing. Never waits. Of kDenied and kFailed: see status.
	[[nodiscard]] Taken take(const std::string& folder, Status& status, uint32_t group);
	// Tries until `deadline` of the monotonic clock while the lock is busy or denied. A lock that is denied until then is one of a killed
	// process: it is removed, and the next try decides.
	[[nodiscard]] Taken take_until(const std::string& folder, uint64_t deadline, Status& status, uint32_t group);
	[[nodiscard]] bool held() const { return file_.held(); }
	// Removes the file, and the folder if it is empty then.
	void release();

private:
	HandleOwner file_;
	std::string folder_;
};

// Removes the lock that a killed holder has left. False: there is one still, as it is held, or is no file.
[[nodiscard]] bool remove_left_over_lock(const std::string& folder, uint32_t group);

} // namespace ringwire
