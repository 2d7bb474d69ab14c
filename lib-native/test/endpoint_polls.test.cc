// A poll before a sleep, and a blocking call in the middle of it: the next turn of the loop does not undo the state of that call.
#include "platform/clock.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

constexpr uint64_t kPollNanos = 1'000'000;
constexpr uint64_t kBlockedNanos = 20 * kPollNanos; // it polls, and then sleeps

} // namespace

LAW("a polling reader that a blocking call put to sleep is awake after its event, and is rung for its next sleep") {
	Company company;
	TestWriter& writer = company.writer(16);
	ReaderOptions options;
	options.spin_nanos = kPollNanos;
	TestReader& reader = company.reader(options);
	company.settle();
	CHECK(writer.write("first") == Written::kAccepted);
	CHECK(reader.read_all().size() == 1);
	CHECK(!reader.endpoint.begin_wait());
	if (!reader.endpoint.polling()) {
		return; // no reader polls on a single core
	}
	CHECK(!reader.endpoint.wait_until(monotonic_nanos() + kBlockedNanos));
	CHECK(!reader.endpoint.polling() && reader.endpoint.counts().sleeps > 0);
	CHECK(writer.write("rings") == Written::kAccepted);
	CHECK(writer.endpoint.rings() == 1);
	CHECK(!reader.endpoint.poll()); // as the loop does in its next turn
	company.settle();
	CHECK((reader.wakes & kWakeData) != 0);
	CHECK(reader.read_all().size() == 1);
	while (reader.endpoint.begin_wait() || reader.endpoint.polling()) {
		(void)reader.endpoint.poll(); // until it sleeps
	}
	CHECK(writer.write("rings again") == Written::kAccepted);
	CHECK(writer.endpoint.rings() == 2);
}

LAW("a blocking call that polls returns in time, whatever the spin budget of its reader is") {
	Company company;
	TestWriter& writer = company.writer();
	ReaderOptions patient;
	patient.spin_nanos = 3'600'000'000'000;
	TestReader& reader = company.reader(patient);
	company.settle();
	CHECK(writer.write("x") == WriterEndpoint::Written::kAccepted);
	CHECK(reader.read_all() == Texts{"x"});
	CHECK(!reader.endpoint.wait_until(monotonic_nanos() + 10'000'000));
	CHECK(!reader.endpoint.polling());
}
