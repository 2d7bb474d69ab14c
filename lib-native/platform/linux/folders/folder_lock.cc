#include "platform/linux/folders/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"
#include "platform/linux/failure.h"
#include "platform/linux/folders/folder.h"
#include "platform/linux/owned_descriptors.h"
#include "platform/meeting_place.h"

namespace ringwire {

namespace {

std::string path_of_lock(const std::string& folder) {
	return folder + "/" + kLockName;
}

// Not if it is another file of ours under this name.
void open_lock_to_group(int file) {
	struct stat facts {};
	if (fstat(file, &facts) == 0 && facts.st_uid == geteuid() && facts.st_nlink <= 1) {
		(void)fchmod(file, 0660);
	}
}

bool is_regular(int file) {
	struct stat facts {};
	return fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
}

bool same_file(int file, const std::string& path) {
	struct stat held {};
	struct stat named {};
	return fstat(file, &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

Status no_file(const std::string& path) {
	struct stat facts {};
	const bool known = lstat(path.c_str(), &facts) == 0;
	const char* what = known && S_ISLNK(facts.st_mode)    ? "a symbolic link"
	                   : known && S_ISDIR(facts.st_mode)  ? "a folder"
	                   : known && S_ISFIFO(facts.st_mode) ? "a FIFO"
	                                                      : "no regular file";
	return Status::failure(Code::kAccess, "the lock '" + path + "' is " + what + "; remove it");
}

// Works for the file's owner, and does nothing if another member owns it. The holder of a lock has opened it to the group: a lock that is
// denied is held by no process.
HandleOwner& open_lock(HandleOwner& file, const std::string& path, int flags) {
	// O_NONBLOCK: for a FIFO or a device in its place.
	file.adopt(open_registered(
		[&] { return open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600); }));
	return file;
}

} // namespace

FolderLock::Taken FolderLock::take(const std::string& folder, Status& status, uint32_t group) {
	folder_ = folder;
	const std::string path = path_of_lock(folder);
	// Another process may remove the file, and the folder with it, between any two of these steps. Then they start over.
	for (int attempt = 0; attempt < kStartOversMax; ++attempt) {
		bool made = false;
		status = make_folder(folder, group, made);
		if (!status.ok()) {
			return Taken::kFailed;
		}
		RINGWIRE_STEP("lock: folder made");
		if (!open_lock(file_, path, O_CREAT).held()) {
			if (errno == ENOENT) {
				continue;
			}
			const bool denied = errno == EACCES && group != kNoGroup;
			const bool strange = errno == ELOOP || errno == EISDIR;
			status = strange ? no_file(path) : system_failure("open", "could not open the lock '" + path + "'");
			if (made) {
				rmdir(folder.c_str()); // fails if another process uses it
			}
			return denied ? Taken::kDenied : Taken::kFailed;
		}
		RINGWIRE_STEP("lock: file opened");
		const int file = static_cast<int>(file_.get());
		if (!is_regular(file)) {
			status = no_file(path);
			file_.adopt(kNoHandle);
			return Taken::kFailed;
		}
		if (group != kNoGroup) {
			open_lock_to_group(file);
			(void)open_to_group(folder, group); // for a folder of ours whose maker was killed before that
		}
		if (flock(file, LOCK_EX | LOCK_NB) != 0) {
			const bool busy = errno == EWOULDBLOCK || errno == EINTR;
			if (!busy) {
				status = system_failure("flock", "could not lock '" + path + "'");
			}
			file_.adopt(kNoHandle);
			return busy ? Taken::kBusy : Taken::kFailed;
		}
		RINGWIRE_STEP("lock: locked");
		if (same_file(file, path)) {
			return Taken::kYes;
		}
	}
	file_.adopt(kNoHandle);
	return Taken::kBusy;
}

FolderLock::Taken FolderLock::take_until(const std::string& folder, uint64_t deadline, Status& status, uint32_t group) {
	Taken taken = take(folder, status, group);
	while ((taken == Taken::kBusy || taken == Taken::kDenied) && monotonic_nanos() < deadline) {
		usleep(50);
		taken = take(folder, status, group);
	}
	if (taken == Taken::kDenied) {
		remove_name(path_of_lock(folder));
		rmdir(folder.c_str());
		taken = take(folder, status, group);
	}
	return taken;
}

void FolderLock::release() {
	if (!held()) {
		return;
	}
	// While it is held no other process removes it, so this is the file that is locked.
	remove_name(path_of_lock(folder_));
	RINGWIRE_STEP("lock: file removed");
	file_.adopt(kNoHandle);
	rmdir(folder_.c_str());
	RINGWIRE_STEP("lock: released");
}

bool remove_left_over_lock(const std::string& folder, uint32_t group) {
	const std::string path = path_of_lock(folder);
	HandleOwner owner;
	if (!open_lock(owner, path, 0).held()) {
		if (errno == EACCES && group != kNoGroup) {
			remove_name(path);
			return true;
		}
		return errno == ENOENT;
	}
	const int file = static_cast<int>(owner.get());
	if (!is_regular(file) || flock(file, LOCK_EX | LOCK_NB) != 0) {
		return false;
	}
	RINGWIRE_STEP("left-over lock: locked");
	if (same_file(file, path)) {
		remove_name(path);
		RINGWIRE_STEP("left-over lock: removed");
	}
	return true;
}

} // namespace ringwire
