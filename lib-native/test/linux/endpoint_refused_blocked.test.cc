// A refusal by a peer of another process, during a blocking call.
#include "platform/clock.h"
#include "test/company.h"
#include "test/linux/child_process.h"

using namespace ringwire;

using Type = Event::Type;

LAW("a thread that is blocked in a read or a write gets the refused event") {
	for (const bool reads : {true, false}) {
		Company company;
		const ProcessEvent ready;
		ChildProcess child([&] {
			Company theirs(company.contract);
			Contract other = company.contract;
			other.codec = "another";
			if (reads) {
				(void)theirs.writer(other);
			} else {
				(void)theirs.reader(other);
			}
			ready.set();
			theirs.until([] { return false; });
		});
		ready.wait();
		const uint64_t never = monotonic_nanos() + 60'000'000'000;
		if (reads) {
			TestReader reader(company.contract, {});
			while (reader.log.count(Type::kRefused) == 0 && reader.endpoint.wait_until(never)) {
				CHECK(reader.read().empty());
			}
			CHECK(reader.log.count(Type::kRefused) == 1);
		} else {
			TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 2});
			CHECK(writer.write_many("m", 3) == 2);
			while (writer.log.count(Type::kRefused) == 0 && monotonic_nanos() < never) {
				(void)writer.endpoint.wait_space(1, never);
				writer.take_events();
			}
			CHECK(writer.log.count(Type::kRefused) == 1);
		}
	}
}
