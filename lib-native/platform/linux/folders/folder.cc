#include "platform/linux/folders/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "platform/linux/failure.h"
#include "platform/meeting_place.h"

namespace ringwire {

// A folder on a large file system has inode numbers and offsets of 64 bits: 32-bit programs need _FILE_OFFSET_BITS=64.
static_assert(sizeof(off_t) == 8 && sizeof(ino_t) == 8);

Status list_folder(const std::string& path, size_t count_max, std::vector<std::string>& names) {
	names.clear();
	const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
	if (folder == nullptr) {
		return errno == ENOENT || errno == ENOTDIR ? Status{}
		                                           : system_failure("opendir", "could not list '" + path + "'");
	}
	for (;;) {
		errno = 0; // readdir returns null at the end and on failure
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

// By descriptor: in a folder that others can write to, the path may name something else by now.
Status open_to_group(const std::string& path, uint32_t group) {
	const std::string what = "could not open the folder '" + path + "' to group " + std::to_string(group);
	const HandleOwner folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	const int file = static_cast<int>(folder.get());
	struct stat facts {};
	if (file < 0 || fstat(file, &facts) != 0) {
		// ENOENT: another member has tidied up. EACCES: another member has not opened its folder yet.
		return errno == ENOENT || errno == EACCES ? Status{} : system_failure("open", what);
	}
	if (facts.st_uid != geteuid() || (facts.st_gid == group && (facts.st_mode & 07777) == 02770)) {
		return {};
	}
	if (fchown(file, static_cast<uid_t>(-1), group) != 0) {
		return system_failure("fchown", what);
	}
	return fchmod(file, 02770) == 0 ? Status{} : system_failure("fchmod", what);
}

void remove_name(const std::string& path) {
	unlink(path.c_str());
}

bool is_socket(const std::string& path) {
	struct stat facts {};
	return lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode);
}

} // namespace ringwire
