// The lock of a channel's folder while endpoints leave, and while another process does not release it.
#include <cstdio>
#include <memory>
#include <vector>

#include <sys/wait.h>

#include "platform/clock.h"
#include "test/child_process.h"
#include "test/company.h"
#include "test/full_kernel.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

constexpr int kGood = 7;

// Holds the lock of the channel's folder until it is killed.
void hold_lock(const Company& company, const ProcessEvent& held) {
	FolderLock lock;
	Status status;
	if (lock.take(company.folder / "channel", status) == FolderLock::Taken::kYes) {
		held.set();
		pause();
	}
}

} // namespace

LAW("a leave never waits for a lock, and removes the name") {
	Company company;
	const pid_t child = fork();
	if (child == 0) {
		alarm(60);
		const TestWriter* writer = &company.writer();
		const TestReader* reader = &company.reader();
		FolderLock lock;
		Status status;
		int result = 1;
		if (lock.take(company.folder / "channel", status) == FolderLock::Taken::kYes) {
			with_filtered_call(SYS_clock_nanosleep, SECCOMP_RET_KILL_PROCESS, [&] {
				company.dismiss(*writer);
				company.dismiss(*reader);
				result = company.names() == std::vector<std::string>{"lock"} ? kGood : 2;
			});
		}
		_exit(result);
	}
	int status = 0;
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == kGood);
}

LAW("the last endpoint to leave removes the folder, also when another one held the lock meanwhile and had found it "
    "alive") {
	Company company;
	TestWriter& one = company.writer();
	TestReader& other = company.reader();
	company.settle();
	bool other_has_left = false;
	// While it holds the lock it connects to the other endpoint and shuts that connection down.
	const auto before_shutdown = [&] {
		if (!other_has_left && FolderLock::holder(company.folder / "channel") != 0) {
			other_has_left = true;
			company.dismiss(other);
		}
		return 0;
	};
	with_watched_call(SYS_shutdown, before_shutdown, [&] { one.endpoint.leave(); });
	CHECK(other_has_left);
	CHECK(company.folder.empty());
}

LAW("many endpoints that leave at once leave nothing behind, not even the name of a killed one") {
	constexpr int kRounds = 40;
	constexpr size_t kLeavers = 6;
	for (int round = 0; round < kRounds; ++round) {
		Company company;
		const ProcessEvent open;
		int go[2];
		REQUIRE(pipe(go) == 0);
		std::vector<std::unique_ptr<ChildProcess>> leavers;
		for (size_t i = 0; i < kLeavers; ++i) {
			leavers.push_back(std::make_unique<ChildProcess>([&] {
				close(go[1]);
				const TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 2});
				open.set();
				char byte = 0;
				(void)!read(go[0], &byte, 1); // end-of-file
			}));
		}
		for (size_t i = 0; i < kLeavers; ++i) {
			open.wait();
		}
		if (round % 2 == 0) {
			leavers.front()->kill();
		}
		close(go[1]);
		for (const auto& leaver : leavers) {
			leaver->wait();
		}
		close(go[0]);
		REQUIRE(company.folder.empty());
	}
}

LAW("a lock held for a second is one TIMEOUT error that names its holder, and the endpoint joins when it is released") {
	Company company;
	const ProcessEvent held;
	ChildProcess holder([&] { hold_lock(company, held); });
	held.wait();
	CHECK(FolderLock::holder(company.folder / "channel") == static_cast<uint32_t>(holder.pid()));
	TestReader& reader = company.reader();
	TestWriter& writer = company.writer();
	REQUIRE(reader.opened.ok() && writer.opened.ok());
	company.until([&] { return reader.log.count(Type::kError) + writer.log.count(Type::kError) == 2; });
	for (const Member* member : {static_cast<Member*>(&reader), static_cast<Member*>(&writer)}) {
		const Status& status = member->log.last(Type::kError)->status;
		CHECK(status.code == Code::kTimeout);
		CHECK(status.message.find("process " + std::to_string(holder.pid())) != std::string::npos);
	}
	const uint64_t several_tries = monotonic_nanos() + 4 * kConnectRetryNanos;
	company.until([&] { return monotonic_nanos() > several_tries; });
	holder.kill();
	CHECK(FolderLock::holder(company.folder / "channel") == 0);
	company.until([&] { return writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1; });
	CHECK(reader.log.count(Type::kError) == 1 && writer.log.count(Type::kError) == 1);
}
