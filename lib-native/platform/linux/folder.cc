// Run-time folders and their locks by flock, which dies with its holder and is not lost when another descriptor of the
// same file is closed.
#include "platform/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "core/limits.h"
#include "core/step.h"
#include "platform/clock.h"
#include "platform/linux/failure.h"

namespace ringwire {

// A folder on a large file system has inode numbers and offsets of 64 bits: 32-bit programs need _FILE_OFFSET_BITS=64.
static_assert(sizeof(off_t) == 8 && sizeof(ino_t) == 8);

namespace {

constexpr const char* kLockName = "/lock";
constexpr int kStartOversMax = 100;
// What must fit into the address of a socket behind the run-time folder, if the channel's name has one character only.
constexpr size_t kPathMax = sizeof(sockaddr_un::sun_path) - sizeof "/c/writer-0123456789abcdef";

Status refused(const std::string& path, const std::string& why) {
	return Status::failure(Code::kAccess, "the run-time folder '" + path + "' " + why +
	                                          "; it must be a real folder that belongs to user " +
	                                          std::to_string(geteuid()) + " with mode 0700");
}

Status check_runtime_folder(const std::string& path, const struct stat& facts, uint32_t group) {
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

// As another member of the group leaves it between making it and opening it to the group.
bool is_half_made(const struct stat& facts) {
	return S_ISDIR(facts.st_mode) && facts.st_uid != geteuid() && (facts.st_mode & 07777) == 0700;
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

// By descriptor, as a path in a folder that others can write to may come to name something else meanwhile.
Status open_to_group(const std::string& path, uint32_t group) {
	const std::string what = "could not open the folder '" + path + "' to group " + std::to_string(group);
	const HandleOwner folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	const int file = static_cast<int>(folder.get());
	struct stat facts {};
	if (file < 0 || fstat(file, &facts) != 0) {
		// Another member has tidied up; whoever needs it finds out.
		return errno == ENOENT ? Status{} : system_failure("open", what);
	}
	if (facts.st_uid != geteuid() || (facts.st_gid == group && (facts.st_mode & 07777) == 02770)) {
		return {}; // its owner's affair, or done
	}
	if (fchown(file, static_cast<uid_t>(-1), group) != 0) {
		return system_failure("fchown", what);
	}
	return fchmod(file, 02770) == 0 ? Status{} : system_failure("fchmod", what);
}

// A folder for us alone, or for a group too whatever the umask says; those made inside of it then belong to the group. What
// cannot be opened to the group is not made. `made`: it was not there.
Status make_folder(const std::string& path, uint32_t group, bool& made) {
	made = mkdir(path.c_str(), 0700) == 0;
	if (!made) {
		return errno == EEXIST ? Status{} : system_failure("mkdir", "could not make the folder '" + path + "'");
	}
	Status status = group == kNoGroup ? Status{} : open_to_group(path, group);
	if (!status.ok()) {
		rmdir(path.c_str());
	}
	return status;
}

// Opens it to the group if we alone can use it and nobody does: whoever made it was killed before it could do that.
Status finish_folder(const std::string& path, uint32_t group) {
	struct stat facts {};
	std::vector<std::string> names;
	const bool unfinished = lstat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == geteuid() &&
	                        (facts.st_mode & 07777) == 0700 && list_folder(path, 1, names).ok() && names.empty();
	return unfinished ? open_to_group(path, group) : Status{};
}

// As a path that keeps its meaning when the process goes somewhere else; empty when it is nowhere.
std::string absolute(const std::string& path) {
	if (path.starts_with('/')) {
		return path;
	}
	const std::unique_ptr<char, void (*)(void*)> here(getcwd(nullptr, 0), free);
	return here == nullptr ? std::string() : std::string(here.get()) + "/" + path;
}

// Works for its maker; whoever comes later finds it done. Not if it is somebody's file under another name.
void open_lock_to_group(int file) {
	struct stat facts {};
	if (fstat(file, &facts) == 0 && facts.st_uid == geteuid() && S_ISREG(facts.st_mode) && facts.st_nlink <= 1) {
		(void)fchmod(file, 0660);
	}
}

bool same_file(int file, const std::string& path) {
	struct stat held {};
	struct stat named {};
	return fstat(file, &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

} // namespace

Status open_runtime_folder(const std::string& chosen, std::string& path, uint32_t group) {
	path = absolute(chosen.empty() ? default_runtime_folder() : chosen);
	while (path.size() > 1 && path.back() == '/') {
		path.pop_back(); // it would make lstat follow a symbolic link
	}
	if (path.empty()) {
		return Status::failure(Code::kAccess, "the run-time folder '" + chosen + "' is relative to one that is gone");
	}
	if (path.size() > kPathMax) {
		return Status::failure(Code::kLimit, "the path of the run-time folder has " + std::to_string(path.size()) +
		                                         " bytes; together with the channel's name it may have at most " +
		                                         std::to_string(kPathMax + 1) + ": choose a shorter RINGWIRE_DIR");
	}
	bool made = false;
	Status status = make_folder(path, group, made);
	if (status.ok() && group != kNoGroup && !made) {
		status = finish_folder(path, group);
	}
	if (!status.ok()) {
		status.code = status.error == ENOENT ? Code::kAccess : status.code;
		status.message = "the run-time folder cannot be used: " + status.message;
		return status;
	}
	const uint64_t deadline = monotonic_nanos() + kLockWaitNanosMax;
	for (;;) {
		struct stat facts {};
		if (lstat(path.c_str(), &facts) != 0) {
			return system_failure("lstat", "the run-time folder '" + path + "' cannot be used");
		}
		if (group == kNoGroup || !is_half_made(facts)) {
			return check_runtime_folder(path, facts, group);
		}
		if (monotonic_nanos() >= deadline) {
			return refused(path, "belongs to user " + std::to_string(facts.st_uid) + ", who alone can use it");
		}
		usleep(50);
	}
}

Status list_folder(const std::string& path, size_t count_max, std::vector<std::string>& names) {
	names.clear();
	const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
	if (folder == nullptr) {
		return errno == ENOENT || errno == ENOTDIR ? Status{}
		                                           : system_failure("opendir", "could not list '" + path + "'");
	}
	for (;;) {
		errno = 0; // the end and an error look alike
		const dirent* entry = readdir(folder.get());
		if (entry == nullptr) {
			return errno == 0 || errno == ENOENT ? Status{}
			                                     : system_failure("readdir", "could not list '" + path + "'");
		}
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
}

void remove_name(const std::string& path) {
	unlink(path.c_str());
}

bool is_socket(const std::string& path) {
	struct stat facts {};
	return lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode);
}

bool is_socket_closed_to_group(const std::string& path) {
	struct stat facts {};
	return lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode) && (facts.st_mode & S_IWGRP) == 0;
}

FolderLock::Taken FolderLock::take(const std::string& folder, Status& status, uint32_t group) {
	folder_ = folder;
	const std::string path = folder + kLockName;
	// The last to leave removes the folder with the lock file, at any moment between our steps: then start over.
	for (int attempt = 0; attempt < kStartOversMax; ++attempt) {
		bool made = false;
		Status failed = make_folder(folder, group, made);
		if (!failed.ok()) {
			status = std::move(failed);
			return Taken::kFailed;
		}
		RINGWIRE_STEP("lock: folder made");
		file_.adopt(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
		if (!file_.held()) {
			if (errno == ENOENT) {
				continue;
			}
			const bool denied = errno == EACCES && group != kNoGroup;
			status = system_failure("open", "could not open the lock '" + path + "'");
			if (made) {
				rmdir(folder.c_str()); // fails if somebody else is in it by now
			}
			return denied ? Taken::kDenied : Taken::kFailed;
		}
		RINGWIRE_STEP("lock: file opened");
		const int file = static_cast<int>(file_.get());
		if (group != kNoGroup) {
			open_lock_to_group(file);
			(void)open_to_group(folder, group); // in case that we were killed before we could when we made it
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
	while ((taken == Taken::kBusy || taken == Taken::kDenied) && monotonic_nanos() < deadline) {
		usleep(50);
		taken = take(folder, status, group);
	}
	return taken;
}

// A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 00:2e:5678 0 EOF", with the process as our pid namespace sees it.
uint32_t FolderLock::holder(const std::string& folder) {
	struct stat facts {};
	const std::unique_ptr<FILE, int (*)(FILE*)> locks(fopen("/proc/locks", "re"), fclose);
	if (locks == nullptr || lstat((folder + kLockName).c_str(), &facts) != 0) {
		return 0;
	}
	std::array<char, 64> file{};
	std::snprintf(file.data(), file.size(), " %02x:%02x:%llu ", major(facts.st_dev), minor(facts.st_dev),
	              static_cast<unsigned long long>(facts.st_ino));
	std::array<char, 256> line{};
	while (fgets(line.data(), static_cast<int>(line.size()), locks.get()) != nullptr) {
		const std::string_view text(line.data());
		const size_t end = text.find(file.data());
		if (text.find(": FLOCK ") == std::string_view::npos || end == std::string_view::npos) {
			continue;
		}
		const size_t begin = text.rfind(' ', end - 1) + 1;
		uint32_t process = 0;
		if (std::from_chars(text.data() + begin, text.data() + end, process).ptr == text.data() + end) {
			return process;
		}
	}
	return 0;
}

void FolderLock::remove_unfinished() {
	// A lock that is held is open to the group; whoever made this one and lives sees that it is gone and starts over.
	remove_name(folder_ + kLockName);
	rmdir(folder_.c_str());
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
