// Attacks on an endpoint: silent connections, memory that can still change, other users, and a folder that is replaced while it
// is opened.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "platform/linux/unix_socket.h"
#include "test/impostor.h"
#include "test/linux/channel_names.h"
#include "test/linux/child_process.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

constexpr uid_t kForeigner = 65534;

// Only root can change its user. Prints a message otherwise, because a law that did not run was not checked.
bool can_change_users() {
	if (geteuid() == 0) {
		return true;
	}
	std::printf("  NOT CHECKED: only root can be two users\n");
	return false;
}

bool become(uid_t user) {
	return setgroups(0, nullptr) == 0 && setgid(user) == 0 && setuid(user) == 0;
}

// A number that parent and child share.
class SharedNumber {
public:
	SharedNumber()
		: number_(static_cast<std::atomic<int>*>(
			  mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
	SharedNumber(const SharedNumber&) = delete;
	SharedNumber& operator=(const SharedNumber&) = delete;
	~SharedNumber() { munmap(number_, sizeof(std::atomic<int>)); }
	std::atomic<int>& operator*() const { return *number_; }

private:
	std::atomic<int>* number_;
};

HandleOwner& sealed_memory(HandleOwner& owner, uint64_t bytes, int seals) {
	const int file = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	owner.adopt(file);
	CHECK(ftruncate(file, static_cast<off_t>(bytes)) == 0 && fcntl(file, F_ADD_SEALS, seals) == 0);
	return owner;
}

} // namespace

LAW("silent connections, and thousands that open and close, do not keep out a peer with a hello") {
	Company company;
	TestWriter& writer = company.writer();
	writer.endpoint.limit_silence(3'600'000'000'000); // longer than this law
	std::vector<std::unique_ptr<Impostor>> crowd;
	for (size_t i = 0; i < kStrangersMax; ++i) {
		crowd.push_back(std::make_unique<Impostor>(company, Role::kWriter));
	}
	company.settle();
	size_t refused = 0;
	for (int i = 0; i < 4000; ++i) {
		Impostor one_more(company, Role::kWriter);
		if (i % 2 == 0) { // the others are closed before they are accepted
			company.settle();
			refused += one_more.refused() == Code::kLimit ? 1 : 0;
		}
		writer.log.events.clear();
	}
	CHECK(refused == 2000);
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	CHECK(writer.write("through") == WriterEndpoint::Written::kAccepted);
	CHECK(reader.read_all() == Texts{"through"});
	for (const auto& silent : crowd) {
		CHECK(!silent->cut_off());
	}
}

LAW("a peer is linked while a process floods the endpoint with silent connections") {
	Company company;
	TestWriter& writer = company.writer();
	writer.endpoint.limit_silence(3'600'000'000'000);
	const std::string path = company.folder / "channel/" + [&] {
		const std::vector<std::string> names = names_of(company);
		return names[0] == "lock" ? names[1] : names[0];
	}();
	const SharedNumber connections;
	const ChildProcess flood([&] {
		std::deque<LinkEnd> open;
		Status ignored;
		for (;;) {
			if (connect_socket(path, open.emplace_back(), ignored) == Connected::kYes) {
				*connections += 1;
			} else {
				usleep(20'000); // the backlog is full: the next connection that gets a place is random
			}
			if (open.size() == 300) {
				open.pop_front();
			}
		}
	});
	company.until([&] { return *connections >= 5000; }); // the flood has started
	TestReader& reader = company.reader();
	company.until([&] {
		writer.log.events.clear();
		return reader.log.count(Type::kConnect) == 1;
	});
	CHECK(writer.write("through") == WriterEndpoint::Written::kAccepted);
	CHECK(reader.read_all() == Texts{"through"});
}

LAW("memory that lacks any of the seals, or is a file, is refused by writers and readers") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	const auto refusal = [&](Role target, OsHandle share) {
		Impostor impostor(company, target);
		impostor.say_hello(impostor.hello());
		impostor.hand_over(share);
		return impostor.refused();
	};
	constexpr int kDemanded[] = {F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE};
	for (const Role target : {Role::kWriter, Role::kReader}) {
		const uint64_t bytes = target == Role::kWriter ? kCursorBytes : geometry.lane_bytes();
		for (int subset = 0; subset < 7; ++subset) { // all but the full set
			int seals = 0;
			for (int i = 0; i < 3; ++i) {
				seals |= (subset >> i & 1) != 0 ? kDemanded[i] : 0;
			}
			HandleOwner memory;
			CHECK(refusal(target, sealed_memory(memory, bytes, seals).get()) == Code::kCorrupt);
		}
		for (const std::string& folder : {company.folder.path(), std::string("/dev/shm")}) {
			const HandleOwner file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
			CHECK(file.held() && ftruncate(static_cast<int>(file.get()), static_cast<off_t>(bytes)) == 0);
			CHECK(refusal(target, file.get()) == Code::kCorrupt);
		}
		HandleOwner memory;
		sealed_memory(memory, bytes, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE);
		const std::string name = "/proc/self/fd/" + std::to_string(memory.get());
		const HandleOwner path_only(open(name.c_str(), O_PATH | O_CLOEXEC));
		CHECK(refusal(target, path_only.get()) == Code::kCorrupt);
		CHECK(ftruncate(static_cast<int>(memory.get()), 1) != 0);
	}
	CHECK(writer.write("still here") == WriterEndpoint::Written::kAccepted);
	CHECK(reader.read_all() == Texts{"still here"});
}

LAW("a process of another user is refused by its uid, although it can reach the socket") {
	if (!can_change_users()) {
		return;
	}
	Company company;
	TestWriter& writer = company.writer();
	REQUIRE(chmod(company.folder.path().c_str(), 0755) == 0 && chmod((company.folder / "channel").c_str(), 0755) == 0);
	for (const std::string& name : names_of(company)) {
		REQUIRE(chmod((company.folder / "channel/" + name).c_str(), 0777) == 0);
	}
	const SharedNumber outcome;
	ChildProcess foreigner([&] {
		*outcome = become(kForeigner) ? 'u' : 'x';
		for (const std::string& name : names_of(company)) {
			LinkEnd socket;
			Status status;
			if (!name.starts_with("writer") ||
			    connect_socket(company.folder / "channel/" + name, socket, status) != Connected::kYes) {
				continue;
			}
			const WireHello hello = make_hello(company.contract, Role::kReader, 42, 1);
			(void)socket.send(&hello, sizeof hello);
			pollfd self{static_cast<int>(socket.handle()), POLLIN, 0};
			poll(&self, 1, -1);
			WireRefuse refuse;
			size_t length = 0;
			ReceivedHandle shared;
			bool truncated = false;
			const auto received = socket.receive(&refuse, sizeof refuse, length, shared, truncated);
			const bool refused = received == LinkEnd::Received::kMessage && !shared.held() &&
			                     refuse.type == static_cast<uint8_t>(WireType::kRefuse) &&
			                     refused_by_peer(refuse).code == Code::kAccess;
			*outcome = refused ? 'r' : 'l';
		}
	});
	company.until([&] { return writer.log.count(Type::kError) == 1; });
	foreigner.wait();
	CHECK(*outcome == 'r');
	CHECK(writer.log.last(Type::kError)->status.code == Code::kAccess);
	CHECK(writer.endpoint.open_links() == 0 && writer.log.count(Type::kConnect) == 0);
}

LAW("a symbolic link in the place of a new run-time folder gets nothing into its target") {
	if (!can_change_users()) {
		return;
	}
	const ScratchFolder parent; // as /tmp: every user can create names here, and remove only its own
	const ScratchFolder trap;
	REQUIRE(chmod(parent.path().c_str(), 01777) == 0 && chmod(trap.path().c_str(), 0777) == 0);
	const std::string path = parent / "ringwire";
	const SharedNumber swaps;
	const ChildProcess attacker([&] {
		if (!become(kForeigner)) {
			return;
		}
		for (;;) {
			if (symlink(trap.path().c_str(), path.c_str()) == 0) {
				*swaps = 1;
				unlink(path.c_str());
			}
		}
	});
	Contract contract;
	contract.name = "channel";
	contract.codec = "bytes";
	contract.directory = path;
	int opened = 0;
	int refused = 0;
	while (opened < 300 || refused < 300) {
		{
			const TestWriter writer(contract, {kCapacityMin, kCapacityMin / 2, 16});
			(writer.opened.ok() ? opened : refused) += 1;
			// Or it was removed before it was checked.
			CHECK(writer.opened.ok() || writer.opened.code == Code::kAccess || writer.opened.error == ENOENT);
			struct stat facts {};
			CHECK(!writer.opened.ok() || (lstat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)));
		}
		rmdir(path.c_str()); // so that the next round creates it again
		CHECK(trap.empty());
	}
	CHECK(*swaps == 1);
}
