// Run-time folders and their locks by flock, which dies with its holder and is not lost when another descriptor of the
// same file is closed.
#include "platform/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "core/step.h"
#include "platform/clock.h"
#include "platform/linux/failure.h"

namespace ringwire {

namespace {

constexpr const char* kLockName = "/lock";
constexpr int kStartOversMax = 100;

Status refused(const std::string& path, const std::string& why) {
	return Status::failure(Code::kAccess, "the run-time folder '" + path + "' " + why +
	                                          "; it must be a real folder that belongs to user " +
	                                          std::to_string(geteuid()) + " with mode 0700");
}

Status check_runtime_folder(const std::string& path, uint32_t group) {
	struct stat facts {};
	if (lstat(path.c_str(), &facts) != 0) {
		return system_failure("lstat", "the run-time folder '" + path + "' cannot be used");
	}
	if (S_ISLNK(facts.st_mode)) {
		return refused(path, "is a symbolic link");
	}
	if (!S_ISDIR(facts.st_mode)) {
		return refused(path, "is not a folder");
	}
	if (group != kNoGroup && facts.st_gid == group) {
		return (facts.st_mode & 07) == 0 ? Status{} : refused(path, "is open to everybody");
	}
	if (facts.st_uid != geteuid()) {
		return refused(path, "belongs to user " + std::to_string(facts.st_uid));
	}
	if ((facts.st_mode & 077) != 0) {
		return refused(path, "is open to other users");
	}
	return {};
}

std::string default_runtime_folder() {
	const char* chosen = getenv("RINGWIRE_DIR");
	if (chosen != nullptr && *chosen != '\0') {
		return chosen;
	}
	const char* session = getenv("XDG_RUNTIME_DIR");
	if (session != nullptr && *session == '/') {
		return std::string(session) + "/ringwire";
	}
	return "/tmp/ringwire-" + std::to_string(geteuid());
}

// A folder for us alone, or for a group too whatever the umask says; those made inside of it then belong to the group.
int make_folder(const std::string& path, uint32_t group) {
	if (mkdir(path.c_str(), 0700) != 0) {
		return errno == EEXIST ? 0 : -1;
	}
	if (group == kNoGroup) {
		return 0;
	}
	return chown(path.c_str(), static_cast<uid_t>(-1), group) == 0 && chmod(path.c_str(), 02770) == 0 ? 0 : -1;
}

bool same_file(int file, const std::string& path) {
	struct stat held {};
	struct stat named {};
	return fstat(file, &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

} // namespace

Status open_runtime_folder(const std::string& chosen, std::string& path, uint32_t group) {
	path = chosen.empty() ? default_runtime_folder() : chosen;
	while (path.size() > 1 && path.back() == '/') {
		path.pop_back(); // it would make lstat follow a symbolic link
	}
	if (make_folder(path, group) != 0) {
		Status status = system_failure("mkdir", "the run-time folder '" + path + "' cannot be made");
		status.code = status.error == ENOENT ? Code::kAccess : status.code;
		return status;
	}
	return check_runtime_folder(path, group);
}

Status list_folder(const std::string& path, size_t count_max, std::vector<std::string>& names) {
	names.clear();
	const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
	if (folder == nullptr) {
		return errno == ENOENT || errno == ENOTDIR ? Status{}
		                                           : system_failure("opendir", "could not list '" + path + "'");
	}
	while (const dirent* entry = readdir(folder.get())) {
		const std::string name = entry->d_name;
		if (name == "." || name == "..") {
			continue;
		}
		if (names.size() == count_max) {
			return Status::failure(Code::kLimit,
			                       "'" + path + "' has more than " + std::to_string(count_max) + " entries");
		}
		names.push_back(name);
	}
	return {};
}

void remove_name(const std::string& path) {
	unlink(path.c_str());
}

FolderLock::Taken FolderLock::take(const std::string& folder, Status& status, uint32_t group) {
	folder_ = folder;
	const std::string path = folder + kLockName;
	// The last to leave removes the folder with the lock file, at any moment between our steps: then start over.
	for (int attempt = 0; attempt < kStartOversMax; ++attempt) {
		if (make_folder(folder, group) != 0) {
			status = system_failure("mkdir", "could not make the channel's folder '" + folder + "'");
			return Taken::kFailed;
		}
		RINGWIRE_STEP("lock: folder made");
		file_.adopt(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
		if (!file_.held()) {
			if (errno == ENOENT) {
				continue;
			}
			if (errno == EACCES && group != kNoGroup) {
				return Taken::kBusy; // another member has made it and is about to open it to the group
			}
			status = system_failure("open", "could not open the lock '" + path + "'");
			return Taken::kFailed;
		}
		RINGWIRE_STEP("lock: file opened");
		const int file = static_cast<int>(file_.get());
		if (group != kNoGroup) {
			(void)fchmod(file, 0660); // works for its maker; whoever comes later finds it done
		}
		if (flock(file, LOCK_EX | LOCK_NB) != 0) {
			const bool busy = errno == EWOULDBLOCK || errno == EINTR;
			if (!busy) {
				status = system_failure("flock", "could not lock '" + path + "'");
			}
			release();
			return busy ? Taken::kBusy : Taken::kFailed;
		}
		RINGWIRE_STEP("lock: locked");
		if (same_file(file, path)) {
			return Taken::kYes;
		}
	}
	release();
	return Taken::kBusy;
}

FolderLock::Taken FolderLock::take_until(const std::string& folder, uint64_t deadline, Status& status, uint32_t group) {
	Taken taken = take(folder, status, group);
	while (taken == Taken::kBusy && monotonic_nanos() < deadline) {
		usleep(50);
		taken = take(folder, status, group);
	}
	return taken;
}

void FolderLock::remove_folder_if_empty() {
	std::vector<std::string> names;
	if (list_folder(folder_, 2, names).ok() && names.size() <= 1) {
		RINGWIRE_STEP("lock: folder is empty");
		remove_name(folder_ + kLockName);
		RINGWIRE_STEP("lock: file removed");
		rmdir(folder_.c_str());
		RINGWIRE_STEP("lock: folder removed");
	}
}

} // namespace ringwire
