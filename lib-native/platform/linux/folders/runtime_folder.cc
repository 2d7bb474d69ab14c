#include "platform/linux/folders/runtime_folder.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "core/limits.h"
#include "platform/clock.h"
#include "platform/linux/failure.h"
#include "platform/linux/folders/folder.h"

namespace ringwire {

namespace {

// Must fit into the address of a socket behind the run-time folder, if the channel's name has one character.
constexpr size_t kPathMax = sizeof(sockaddr_un::sun_path) - sizeof "/c/" - kLabelLengthMax;

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
		return (facts.st_mode & 07) == 0 ? Status{} : refused(path, "is open to all users");
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

// Opens an empty folder of ours to the group: its maker was killed before that.
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
			return refused(path, "belongs to user " + std::to_string(facts.st_uid) + " and is closed to its group");
		}
		usleep(50);
	}
}

} // namespace ringwire
