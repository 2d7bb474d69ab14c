// Polling before a sleep, and a blocking call in the middle of it: what the loop does next must not undo what that call has done.
#include "platform/clock.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

constexpr uint64_t kPollNanos = 1'000'000;
constexpr uint64_t kBlockedNanos = 20 * kPollNanos; // it polls, and then it sleeps

} // namespace

LAW("a reader that a blocking call has put to sleep while it polled is up again when it is told, and rung for its next "
    "sleep") {
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
		return; // on a single core nobody polls
	}
	CHECK(!reader.endpoint.wait_until(monotonic_nanos() + kBlockedNanos));
	CHECK(!reader.endpoint.polling() && reader.endpoint.counts().sleeps > 0);
	CHECK(writer.write("rings") == Written::kAccepted);
	CHECK(writer.endpoint.rings() == 1);
	CHECK(!reader.endpoint.poll()); // as the loop still does in its next turn
	company.settle();
	CHECK((reader.wakes & kWakeData) != 0);
	CHECK(reader.read_all().size() == 1);
	while (reader.endpoint.begin_wait() || reader.endpoint.polling()) {
		(void)reader.endpoint.poll(); // until it sleeps
	}
	CHECK(writer.write("rings again") == Written::kAccepted);
	CHECK(writer.endpoint.rings() == 2);
}

LAW("a blocking call that polls comes back in time, however long its reader may poll") {
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
