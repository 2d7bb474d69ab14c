// Run-time folders of a group that two users open at once: the unfinished folder of one member does not keep others out, and no
// member changes the rights of a file of another owner.
#include "platform/linux/folders/folder.h"

#include <atomic>
#include <cstdio>

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "platform/clock.h"
#include "platform/link_end.h"
#include "platform/linux/folders/folder_lock.h"
#include "platform/linux/folders/runtime_folder.h"
#include "test/company.h"
#include "test/law.h"
#include "test/linux/child_process.h"
#include "test/scratch_folder.h"

using namespace ringwire;

namespace {

constexpr uid_t kAlice = 41001;
constexpr uid_t kBob = 41002;
constexpr gid_t kGroup = 42000;

// Words that all processes of a law share.
struct Board {
	std::atomic<int> round;
	std::atomic<int> arrived;
	std::atomic<int> failed;
	std::atomic<int> done;
};

class SharedBoard {
public:
	SharedBoard()
		: board_(static_cast<Board*>(
			  mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
	SharedBoard(const SharedBoard&) = delete;
	SharedBoard& operator=(const SharedBoard&) = delete;
	~SharedBoard() { munmap(board_, sizeof(Board)); }
	Board* operator->() const { return board_; }

private:
	Board* board_;
};

// Only root can change its user. Prints a message otherwise, because a law that did not run was not checked.
bool can_change_users() {
	if (geteuid() == 0) {
		return true;
	}
	std::printf("  NOT CHECKED: only root can be two users\n");
	return false;
}

// Makes this process run as that user, whose groups are its own and, as a supplementary one, kGroup.
bool become(uid_t user) {
	const gid_t groups[] = {kGroup};
	return setgroups(1, groups) == 0 && setgid(user) == 0 && setuid(user) == 0;
}

struct stat facts_of(const std::string& path) {
	struct stat facts {};
	(void)lstat(path.c_str(), &facts);
	return facts;
}

// The folder of a member that is killed right after mkdir.
void leave_half_made(const std::string& path, uid_t user) {
	if (mkdir(path.c_str(), 0700) != 0 || chown(path.c_str(), user, user) != 0) {
		law::fail(__FILE__, __LINE__, "could not make a folder");
	}
}

} // namespace

LAW("members of a group that create the same folders at the same time all join") {
	if (!can_change_users()) {
		return;
	}
	constexpr int kRounds = 400;
	const ScratchFolder folder;
	REQUIRE(chmod(folder.path().c_str(), 0777) == 0);
	const SharedBoard board;
	const auto member = [&](uid_t user) {
		if (!become(user)) {
			board->failed += 1000;
		}
		for (int round = 0; round < kRounds; ++round) {
			board->arrived += 1;
			while (board->arrived < 2 * (round + 1)) {
			}
			std::string path;
			Status status = open_runtime_folder(folder / std::to_string(round), path, kGroup);
			if (status.ok()) {
				FolderLock lock;
				const auto taken =
					lock.take_until(path + "/channel", monotonic_nanos() + 5'000'000'000, status, kGroup);
				board->failed += taken == FolderLock::Taken::kYes ? 0 : 1;
			} else {
				board->failed += 1;
			}
		}
		board->done += 1;
	};
	{
		ChildProcess alice([&] { member(kAlice); });
		ChildProcess bob([&] { member(kBob); });
		alice.wait();
		bob.wait();
	}
	CHECK(board->done == 2);
	CHECK(board->failed == 0);
}

LAW("a run-time folder whose creator was killed before it opened it is opened by that user later, and refused for "
    "others until then") {
	if (!can_change_users()) {
		return;
	}
	const ScratchFolder folder;
	REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
	leave_half_made(folder / "run", kAlice);
	const SharedBoard board;
	const auto open_as = [&](uid_t user, Code expected) {
		ChildProcess([&] {
			std::string path;
			board->done += become(user) && open_runtime_folder(folder / "run", path, kGroup).code == expected ? 1 : 0;
		}).wait();
	};
	open_as(kBob, Code::kAccess);
	open_as(kAlice, Code::kOk);
	open_as(kBob, Code::kOk);
	CHECK(board->done == 3);
	CHECK(facts_of(folder / "run").st_gid == kGroup && (facts_of(folder / "run").st_mode & 07777) == 02770);
}

LAW("a channel's folder or lock whose creator was killed before it opened it is replaced, and one in use is an error") {
	if (!can_change_users()) {
		return;
	}
	enum class Left { kFolder, kLock, kInUse };
	for (const Left left : {Left::kFolder, Left::kLock, Left::kInUse}) {
		const ScratchFolder folder;
		REQUIRE(chmod(folder.path().c_str(), 02770) == 0 && chown(folder.path().c_str(), 0, kGroup) == 0);
		if (left == Left::kLock) {
			REQUIRE(mkdir((folder / "channel").c_str(), 0700) == 0 && chmod((folder / "channel").c_str(), 02770) == 0);
			close(open((folder / "channel/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
			REQUIRE(chown((folder / "channel").c_str(), kAlice, kGroup) == 0);
			REQUIRE(chown((folder / "channel/lock").c_str(), kAlice, kAlice) == 0);
		} else {
			leave_half_made(folder / "channel", kAlice);
			REQUIRE(chmod((folder / "channel").c_str(), 0700) == 0);
		}
		if (left == Left::kInUse) {
			close(open((folder / "channel/writer-0123456789abcdef").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
		}
		const SharedBoard board;
		ChildProcess([&] {
			Contract contract{"channel", "bytes", Overflow::kBlock, {}, {}, folder.path(), kGroup, {}, {}};
			if (!become(kBob)) {
				return;
			}
			const TestWriter writer(contract, {kCapacityMin, kCapacityMin / 2, 16});
			const Code expected = left == Left::kInUse ? Code::kAccess : Code::kOk;
			board->done += writer.opened.code == expected && writer.log.events.empty() ? 1 : 0;
		}).wait();
		CHECK(board->done == 1);
		CHECK(left == Left::kInUse || folder.empty());
		CHECK(left != Left::kInUse || access((folder / "channel/writer-0123456789abcdef").c_str(), F_OK) == 0);
	}
}

LAW("an endpoint that opens a file to the group does not follow a link that a member has put in its place") {
	if (!can_change_users()) {
		return;
	}
	const ScratchFolder folder;
	const uint32_t group = kGroup;
	// A file of this user without read access, under the name of a lock: by a symbolic and by a hard link.
	close(open((folder / "secret").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	std::string path;
	REQUIRE(open_runtime_folder(folder / "run", path, group).ok());
	for (const bool symbolic : {true, false}) {
		const std::string channel = path + (symbolic ? "/symbolic" : "/hard");
		REQUIRE(mkdir(channel.c_str(), 0700) == 0);
		const auto make = symbolic ? symlink : link;
		REQUIRE(make((folder / "secret").c_str(), (channel + "/lock").c_str()) == 0);
		FolderLock lock;
		Status status;
		(void)lock.take(channel, status, group);
		CHECK((facts_of(folder / "secret").st_mode & 07777) == 0600);
	}
	// And a folder of this user, under the name of a channel's folder.
	REQUIRE(mkdir((folder / "private").c_str(), 0700) == 0);
	REQUIRE(symlink((folder / "private").c_str(), (path + "/link").c_str()) == 0);
	FolderLock lock;
	Status status;
	(void)lock.take(path + "/link", status, group);
	CHECK((facts_of(folder / "private").st_mode & 07777) == 0700);
}

LAW("a folder that cannot be opened to the group is not created, and the error names the failed step") {
	if (!can_change_users()) {
		return;
	}
	constexpr uint32_t kOthersGroup = kGroup + 1;
	const ScratchFolder folder;
	REQUIRE(chmod(folder.path().c_str(), 0777) == 0);
	const SharedBoard board;
	ChildProcess([&] {
		std::string path;
		Status status;
		board->done += become(kBob) ? 1 : 0;
		status = open_runtime_folder(folder / "run", path, kOthersGroup);
		board->done += status.code == Code::kAccess && std::string(status.syscall) == "fchown" ? 1 : 0;
		FolderLock lock;
		board->done += lock.take(folder / "channel", status, kOthersGroup) == FolderLock::Taken::kFailed ? 1 : 0;
		board->done += status.code == Code::kAccess && std::string(status.syscall) == "fchown" ? 1 : 0;
	}).wait();
	CHECK(board->done == 4);
	CHECK(folder.empty());
}
