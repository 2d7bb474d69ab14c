// Endpoints of a group's channel that were killed before they were open to the group.
#include "channel/joining/rendezvous.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <new>

#include <grp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel/listing/listing.h"
#include "platform/linux/folders/folder.h"
#include "platform/linux/folders/runtime_folder.h"
#include "test/law.h"
#include "test/linux/child_process.h"
#include "test/scratch_folder.h"

using namespace ringwire;

namespace {

constexpr uid_t kAlice = 41001;
constexpr uid_t kBob = 41002;
constexpr gid_t kGroup = 42000;
constexpr uint64_t kLater = 30'000'000'000;

// Only root can change its user. Prints a message otherwise, because a law that did not run was not checked.
bool can_change_users() {
	if (geteuid() == 0) {
		return true;
	}
	std::printf("  NOT CHECKED: only root can be two users\n");
	return false;
}

// In a process of its own, whose only groups are its own and, as a supplementary one, kGroup.
bool as(uid_t user, const std::function<bool()>& body) {
	void* shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	auto* good = new (shared) std::atomic<bool>(false);
	ChildProcess([&] {
		const gid_t groups[] = {kGroup};
		umask(022);
		*good = setgroups(1, groups) == 0 && setgid(user) == 0 && setuid(user) == 0 && body();
	}).wait();
	const bool result = *good;
	munmap(shared, 4096);
	return result;
}

bool bind_at(const std::string& path) {
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	std::memcpy(address.sun_path, path.data(), path.size());
	const LinkEnd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	return bind(static_cast<int>(socket.handle()), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

// A channel in which Alice was killed between bind and chmod.
class Scene {
public:
	Scene() : left(folder / "run/channel/.0123456789abcdef") {
		good = chmod(folder.path().c_str(), 0777) == 0 && as(kAlice, [&] {
				   std::string path;
				   bool made = false;
				   return open_runtime_folder(folder / "run", path, kGroup).ok() &&
			              make_folder(path + "/channel", kGroup, made).ok() && bind_at(left);
			   });
	}
	ScratchFolder folder;
	std::string left;
	bool good;
};

} // namespace

LAW("an endpoint that was killed before it was open to the group hinders no member, and is removed with the channel") {
	if (!can_change_users()) {
		return;
	}
	for (const Role role : {Role::kWriter, Role::kReader, Role::kServer}) {
		Scene scene;
		REQUIRE(scene.good);
		CHECK(as(kBob, [&] {
			const Contract contract{"channel", "bytes", Overflow::kBlock, {}, {}, scene.folder / "run", kGroup, {}, {}};
			WaitSet wait_set;
			const Membership member(contract, role);
			Rendezvous rendezvous(member, wait_set);
			std::vector<std::string> labels;
			const bool entered = wait_set.open().ok() && rendezvous.find().ok() && rendezvous.enter(labels).ok();
			rendezvous.withdraw();
			return entered && labels.empty();
		}));
		CHECK(std::filesystem::is_empty(scene.folder / "run"));
	}
}

LAW("a name under which a member's endpoint is being made is neither listed nor removed by a list") {
	if (!can_change_users()) {
		return;
	}
	Scene scene;
	REQUIRE(scene.good);
	CHECK(as(kBob, [&] {
		std::vector<Listed> listed;
		return list_channels(scene.folder / "run", kGroup, kLater, listed).ok() && listed.empty();
	}));
	CHECK(access(scene.left.c_str(), F_OK) == 0);
}
