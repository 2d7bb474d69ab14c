// Which run-time folders are refused, and that the lock of a channel's folder is one lock.
#include "platform/linux/folders/folder.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/linux/folders/folder_lock.h"
#include "platform/linux/folders/runtime_folder.h"
#include "test/law.h"
#include "test/linux/child_process.h"
#include "test/linux/descriptor_limit.h"
#include "test/linux/full_kernel.h"
#include "test/scratch_folder.h"

using namespace ringwire;

namespace {

using Taken = FolderLock::Taken;

Code open_code(const std::string& chosen, uint32_t group = kNoGroup) {
	std::string path;
	const Status status = open_runtime_folder(chosen, path, group);
	CHECK(status.ok() || !status.message.empty());
	return status.code;
}

Taken take(FolderLock& lock, const std::string& folder) {
	Status status;
	return lock.take(folder, status, kNoGroup);
}

bool exists(const std::string& path) {
	struct stat facts {};
	return lstat(path.c_str(), &facts) == 0;
}

unsigned mode_of(const std::string& path) {
	struct stat facts {};
	return lstat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

// Sets or removes an environment variable during its lifetime.
class Variable {
public:
	Variable(const char* name, const char* value) : name_(name) {
		const char* before = getenv(name);
		had_ = before != nullptr;
		before_ = had_ ? before : "";
		value != nullptr ? setenv(name, value, 1) : unsetenv(name);
	}
	Variable(const Variable&) = delete;
	Variable& operator=(const Variable&) = delete;
	~Variable() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }

private:
	const char* name_;
	bool had_;
	std::string before_;
};

} // namespace

LAW("a folder that cannot be read to its end is an error, not a shorter list") {
	const ScratchFolder folder;
	std::vector<std::string> names;
	Status status;
	with_failing_call(SYS_getdents64, EIO, [&] { status = list_folder(folder.path(), 10, names); });
	CHECK(status.code == Code::kSystem && status.error == EIO && std::string(status.syscall) == "readdir");
}

LAW("a missing run-time folder is created for its user alone, whatever the umask is") {
	const ScratchFolder folder;
	const mode_t before = umask(0);
	CHECK(open_code(folder / "new") == Code::kOk);
	umask(before);
	CHECK(mode_of(folder / "new") == 0700);
	CHECK(open_code(folder / "new") == Code::kOk);
}

LAW("a run-time folder that is no folder, or a symbolic link to one, is refused") {
	const ScratchFolder folder;
	close(open((folder / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	CHECK(open_code(folder / "file") == Code::kAccess);
	REQUIRE(mkdir((folder / "real").c_str(), 0700) == 0);
	REQUIRE(symlink((folder / "real").c_str(), (folder / "link").c_str()) == 0);
	CHECK(open_code(folder / "link") == Code::kAccess);
	CHECK(open_code(folder / "link/") == Code::kAccess);
	CHECK(open_code(folder / "link//") == Code::kAccess);
	REQUIRE(symlink((folder / "nowhere").c_str(), (folder / "dangling").c_str()) == 0);
	CHECK(open_code(folder / "dangling") == Code::kAccess);
	CHECK(open_code(folder / "real/") == Code::kOk);
}

LAW("a run-time folder that other users can read is refused") {
	const ScratchFolder folder;
	REQUIRE(mkdir((folder / "open").c_str(), 0700) == 0);
	for (const mode_t mode : {0701, 0710, 0704, 0740, 0702, 0720, 0777, 01777}) {
		REQUIRE(chmod((folder / "open").c_str(), mode) == 0);
		CHECK(open_code(folder / "open") == Code::kAccess);
	}
	REQUIRE(chmod((folder / "open").c_str(), 0700) == 0);
	CHECK(open_code(folder / "open") == Code::kOk);
}

LAW("a run-time folder of another user is refused, and its owner is named") {
	const ScratchFolder folder;
	REQUIRE(mkdir((folder / "foreign").c_str(), 0700) == 0);
	if (geteuid() != 0) {
		return; // only root can change the owner of a folder
	}
	REQUIRE(chown((folder / "foreign").c_str(), 12345, 12345) == 0);
	std::string path;
	const Status status = open_runtime_folder(folder / "foreign", path);
	CHECK(status.code == Code::kAccess && status.message.find("12345") != std::string::npos);
}

LAW("a run-time folder for a group is open to the group only") {
	const ScratchFolder folder;
	const auto group = static_cast<uint32_t>(getegid());
	CHECK(open_code(folder / "group", group) == Code::kOk);
	CHECK(mode_of(folder / "group") == 02770);
	CHECK(open_code(folder / "group", group) == Code::kOk);
	CHECK(open_code(folder / "group") == Code::kAccess);
	REQUIRE(chmod((folder / "group").c_str(), 02771) == 0);
	CHECK(open_code(folder / "group", group) == Code::kAccess);
}

LAW("a run-time folder whose parent is missing or read-only is refused") {
	const ScratchFolder folder;
	CHECK(open_code(folder / "no/such/parent") == Code::kAccess);
	close(open((folder / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	CHECK(open_code(folder / "file/below") == Code::kAccess);
}

LAW("the run-time folder is the chosen one, else RINGWIRE_DIR, else the session's, else one in /tmp") {
	const ScratchFolder folder;
	std::string path;
	const Variable session("XDG_RUNTIME_DIR", folder.path().c_str());
	{
		const Variable chosen("RINGWIRE_DIR", (folder / "variable").c_str());
		CHECK(open_runtime_folder(folder / "argument", path).ok() && path == folder / "argument");
		CHECK(open_runtime_folder("", path).ok() && path == folder / "variable");
	}
	const Variable chosen("RINGWIRE_DIR", "");
	CHECK(open_runtime_folder("", path).ok() && path == folder / "ringwire");
	const Variable no_session("XDG_RUNTIME_DIR", nullptr);
	(void)open_runtime_folder("", path);
	CHECK(path == "/tmp/ringwire-" + std::to_string(geteuid()));
}

LAW("a folder is listed without its own names, and a missing one is empty") {
	const ScratchFolder folder;
	std::vector<std::string> names;
	CHECK(list_folder(folder.path(), 10, names).ok() && names.empty());
	CHECK(list_folder(folder / "missing", 10, names).ok() && names.empty());
	for (const char* name : {"a", "b", "c"}) {
		close(open((folder / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	}
	REQUIRE(list_folder(folder.path(), 3, names).ok());
	std::sort(names.begin(), names.end());
	CHECK(names == std::vector<std::string>({"a", "b", "c"}));
	CHECK(list_folder(folder.path(), 2, names).code == Code::kLimit);
}

LAW("a lock has one holder at a time and is free after its release") {
	const ScratchFolder folder;
	const size_t before = descriptor_count();
	{
		FolderLock first;
		FolderLock second;
		CHECK(take(first, folder / "channel") == Taken::kYes);
		CHECK(take(second, folder / "channel") == Taken::kBusy);
		first.release();
		CHECK(take(second, folder / "channel") == Taken::kYes);
		CHECK(take(first, folder / "other") == Taken::kYes);
	}
	CHECK(descriptor_count() == before);
}

LAW("a lock whose holder is killed is free") {
	const ScratchFolder folder;
	const ProcessEvent held;
	ChildProcess child([&] {
		FolderLock lock;
		if (take(lock, folder / "channel") == Taken::kYes) {
			held.set();
			pause();
		}
	});
	held.wait();
	FolderLock lock;
	CHECK(take(lock, folder / "channel") == Taken::kBusy);
	Status status;
	CHECK(lock.take_until(folder / "channel", monotonic_nanos() + 2'000'000, status, kNoGroup) == Taken::kBusy);
	child.kill();
	CHECK(take(lock, folder / "channel") == Taken::kYes);
}

LAW("a wait for a busy lock ends as soon as it is free") {
	const ScratchFolder folder;
	const ProcessEvent held;
	const ProcessEvent go;
	ChildProcess child([&] {
		FolderLock lock;
		if (take(lock, folder / "channel") == Taken::kYes) {
			held.set();
			go.wait();
		}
	});
	held.wait();
	go.set();
	FolderLock lock;
	Status status;
	CHECK(lock.take_until(folder / "channel", UINT64_MAX, status, kNoGroup) == Taken::kYes);
}

LAW("a lock that is released leaves no file, and no folder if that is empty then") {
	const ScratchFolder folder;
	{
		FolderLock lock;
		REQUIRE(take(lock, folder / "channel") == Taken::kYes);
		CHECK(exists(folder / "channel/lock"));
		close(open((folder / "channel/writer").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
		lock.release();
		CHECK(exists(folder / "channel/writer") && !exists(folder / "channel/lock"));
		remove_name(folder / "channel/writer");
		REQUIRE(take(lock, folder / "channel") == Taken::kYes);
	}
	CHECK(!exists(folder / "channel"));
}

LAW("a lock whose file another process has removed is taken anew, and its release does not remove the new one") {
	const ScratchFolder folder;
	FolderLock old;
	FolderLock fresh;
	REQUIRE(take(old, folder / "channel") == Taken::kYes);
	remove_name(folder / "channel/lock");
	// The old lock is still held, but its file has no name.
	CHECK(take(fresh, folder / "channel") == Taken::kYes);
	CHECK(exists(folder / "channel/lock"));
	CHECK(take(old, folder / "channel") == Taken::kBusy);
	CHECK(exists(folder / "channel/lock"));
}

LAW("a lock that a killed holder has left is removed, one that is held is not") {
	const ScratchFolder folder;
	const ProcessEvent held;
	CHECK(remove_left_over_lock(folder.path(), kNoGroup));
	ChildProcess child([&] {
		FolderLock lock;
		if (take(lock, folder / "channel") == Taken::kYes) {
			held.set();
			pause();
		}
	});
	held.wait();
	CHECK(!remove_left_over_lock(folder / "channel", kNoGroup) && exists(folder / "channel/lock"));
	child.kill();
	CHECK(remove_left_over_lock(folder / "channel", kNoGroup) && !exists(folder / "channel/lock"));
}

LAW("processes that take the lock and remove the folder at the same time never both hold the lock") {
	const ScratchFolder folder;
	auto* inside =
		static_cast<std::atomic<int>*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	auto* broken = inside + 1;
	const auto come_and_go = [&] {
		for (int i = 0; i < 3000; ++i) {
			FolderLock lock;
			Status status;
			switch (lock.take(folder / "channel", status, kNoGroup)) {
			case Taken::kYes:
				*broken += inside->fetch_add(1) == 0 && exists(folder / "channel/lock") ? 0 : 1;
				*inside -= 1;
				lock.release();
				break;
			case Taken::kBusy:
				break;
			case Taken::kDenied:
			case Taken::kFailed:
				*broken += 1;
				break;
			}
		}
	};
	{
		ChildProcess one(come_and_go);
		ChildProcess two(come_and_go);
		come_and_go();
		one.wait();
		two.wait();
	}
	CHECK(*broken == 0);
	munmap(inside, 4096);
}

LAW("a lock that cannot be opened, or is no file, is an error that says why") {
	const ScratchFolder folder;
	close(open((folder / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	FolderLock lock;
	Status status;
	CHECK(lock.take(folder / "file", status, kNoGroup) == Taken::kFailed && status.code == Code::kAccess);
	CHECK(lock.take(folder / "no/such/parent", status, kNoGroup) == Taken::kFailed && !status.ok());
	REQUIRE(mkdir((folder / "channel").c_str(), 0700) == 0);
	const std::string path = folder / "channel/lock";
	const auto refused = [&](const char* what) {
		CHECK(lock.take(folder / "channel", status, kNoGroup) == Taken::kFailed && status.code == Code::kAccess);
		CHECK(status.message.find(what) != std::string::npos);
		CHECK(!remove_left_over_lock(folder / "channel", kNoGroup) && exists(path));
		remove(path.c_str());
	};
	REQUIRE(symlink("/etc/passwd", path.c_str()) == 0);
	refused("a symbolic link");
	REQUIRE(mkdir(path.c_str(), 0700) == 0);
	refused("a folder");
	REQUIRE(mkfifo(path.c_str(), 0600) == 0);
	refused("a FIFO");
	{
		const DescriptorLimit limit;
		CHECK(lock.take(folder / "other", status, kNoGroup) == Taken::kFailed && status.code == Code::kLimit);
	}
	CHECK(!exists(folder / "other"));
}
