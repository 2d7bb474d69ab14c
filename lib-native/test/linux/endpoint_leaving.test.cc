// Endpoints that leave at the same time, and a lock that another process does not release.
#include <memory>
#include <vector>

#include <sys/wait.h>

#include "test/company.h"
#include "test/held_lock.h"
#include "test/linux/channel_names.h"
#include "test/linux/child_process.h"
#include "test/linux/full_kernel.h"

using namespace ringwire;

namespace {

constexpr int kGood = 7;

} // namespace

LAW("neither opening nor leaving waits for a lock that is held, and its holder removes the place") {
	Company company;
	const pid_t child = fork();
	if (child == 0) {
		alarm(60);
		int result = 1;
		{
			HeldLock lock(company.contract);
			if (lock.held()) {
				with_filtered_call(SYS_clock_nanosleep, SECCOMP_RET_KILL_PROCESS, [&] {
					const TestWriter* writer = &company.writer();
					const TestReader* reader = &company.reader();
					company.settle();
					result = reader->endpoint.open_links() == 1 ? 2 : 3;
					company.dismiss(*writer);
					company.dismiss(*reader);
				});
				lock.release();
				result = result == 2 && company.folder.empty() ? kGood : result;
			}
		}
		_exit(result);
	}
	int status = 0;
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == kGood);
}

LAW("two endpoints that leave at the same time leave nothing behind, at whatever step of the one the other leaves") {
	for (int step = 0;; ++step) {
		Company company;
		TestWriter& one = company.writer();
		TestReader& other = company.reader();
		company.settle();
		int steps = 0;
		// It shuts down its link, its listener and the connection by which it looks whether the other one is alive.
		const auto before_shutdown = [&] {
			if (steps++ == step) {
				company.dismiss(other);
			}
			return 0;
		};
		with_watched_call(SYS_shutdown, before_shutdown, [&] { one.endpoint.leave(); });
		if (steps <= step) {
			CHECK(step == 3);
			break;
		}
		CHECK(company.folder.empty());
	}
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

LAW("a stopped process that holds the lock hinders no endpoint") {
	Company company;
	const ProcessEvent held;
	ChildProcess holder([&] {
		const HeldLock lock(company.contract);
		held.set();
		raise(SIGSTOP);
	});
	held.wait();
	int status = 0;
	REQUIRE(waitpid(holder.pid(), &status, WUNTRACED) == holder.pid() && WIFSTOPPED(status));
	TestWriter& writer = company.writer();
	REQUIRE(writer.opened.ok());
	CHECK(writer.write("early") == WriterEndpoint::Written::kAccepted);
	writer.endpoint.end();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == Texts{"early"} && reader.log.count(Event::Type::kEnd) == 1);
	CHECK(writer.log.count(Event::Type::kError) == 0 && reader.log.count(Event::Type::kError) == 0);
	company.dismiss(writer);
	company.dismiss(reader);
	CHECK(names_of(company) == std::vector<std::string>{"lock"});
	holder.kill();
	(void)company.writer();
	company.dismiss_all();
	CHECK(company.folder.empty());
}
