// Readers that are opened after their writers, which do not serve their endpoints at that time.
#include <memory>
#include <vector>

#include <sys/wait.h>

#include "test/company.h"
#include "test/held_lock.h"
#include "test/linux/child_process.h"

using namespace ringwire;

namespace {

// Opens a writer, publishes one message and ends, then stops until it is continued, and serves from then on.
void write_and_stop(const Contract& contract, size_t number, const ProcessEvent& start) {
	start.wait();
	TestWriter writer(contract, {kCapacityMin, kCapacityMin / 2, 4});
	CHECK(writer.opened.ok() && writer.write("m" + std::to_string(number)) == WriterEndpoint::Written::kAccepted);
	writer.endpoint.end();
	raise(SIGSTOP);
	for (;;) {
		wait_for_any({&writer}, WaitSet::kForever);
		writer.serve();
	}
}

} // namespace

LAW("a reader gets every message of the writers that were opened before it, however many opened at the same time") {
	for (const size_t writers : {12, 30}) {
		for (const bool locked : {false, true}) {
			Company company;
			const std::unique_ptr<HeldLock> lock = locked ? std::make_unique<HeldLock>(company.contract) : nullptr;
			const ProcessEvent start;
			std::vector<std::unique_ptr<ChildProcess>> children;
			Texts expected;
			for (size_t i = 0; i < writers; ++i) {
				children.push_back(std::make_unique<ChildProcess>([&] { write_and_stop(company.contract, i, start); }));
				expected.push_back("m" + std::to_string(i));
			}
			for (size_t i = 0; i < writers; ++i) {
				start.set();
			}
			for (const auto& child : children) {
				int status = 0;
				REQUIRE(waitpid(child->pid(), &status, WUNTRACED) == child->pid() && WIFSTOPPED(status));
			}
			TestReader& reader = company.reader();
			REQUIRE(reader.opened.ok());
			for (const auto& child : children) {
				kill(child->pid(), SIGCONT);
			}
			Texts texts;
			company.until([&] {
				const Texts more = reader.read_all();
				texts.insert(texts.end(), more.begin(), more.end());
				return reader.log.count(Event::Type::kEnd) == 1;
			});
			std::sort(texts.begin(), texts.end());
			std::sort(expected.begin(), expected.end());
			CHECK(texts == expected);
			CHECK(reader.log.count(Event::Type::kError) == 0);
		}
	}
}
