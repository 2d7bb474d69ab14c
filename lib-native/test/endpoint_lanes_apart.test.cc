// A reader that wakes lanes apart, as one with many writers does: the lanes whose writers have not rung stay armed.
#include <random>
#include <utility>

#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

ReaderOptions sleepy() {
	ReaderOptions options;
	options.spin_nanos = 0;
	return options;
}

struct Crowd : Company {
	explicit Crowd(size_t writers_count) : reader(Company::reader(sleepy())) {
		reader.endpoint.limit_lanes_woken_together(0);
		for (size_t i = 0; i < writers_count; ++i) {
			writers.push_back(&writer());
		}
		settle();
		(void)reader.read_all();
	}
	[[nodiscard]] bool woken() { return (std::exchange(reader.wakes, kWakeNone) & kWakeData) != 0; }

	TestReader& reader;
	std::vector<TestWriter*> writers;
};

} // namespace

LAW("a writer whose lane stays armed rings a reader that was woken by another one") {
	Crowd crowd(3);
	CHECK(!crowd.reader.endpoint.begin_wait());
	CHECK(crowd.writers[0]->write("a") == Written::kAccepted);
	crowd.settle();
	CHECK(crowd.woken());
	CHECK(crowd.writers[1]->write("b") == Written::kAccepted);
	CHECK(crowd.writers[1]->endpoint.rings() == 1);
	CHECK(crowd.writers[2]->endpoint.rings() == 0);
	CHECK((crowd.reader.read_all() == Texts{"a", "b"}));
	crowd.settle();
	CHECK(!crowd.reader.endpoint.begin_wait());
	CHECK(crowd.writers[2]->write("c") == Written::kAccepted);
	crowd.settle();
	CHECK(crowd.woken());
	CHECK((crowd.reader.read_all() == Texts{"c"}));
}

LAW("a message in an armed lane is read before its ring is received, and the next one wakes the reader all the same") {
	Crowd crowd(2);
	CHECK(!crowd.reader.endpoint.begin_wait());
	CHECK(crowd.writers[0]->write("a") == Written::kAccepted);
	crowd.settle();
	CHECK(crowd.woken());
	CHECK(crowd.writers[1]->write("b1") == Written::kAccepted); // rings, which is not received yet
	CHECK((crowd.reader.read_all() == Texts{"a", "b1"}));
	CHECK(!crowd.reader.endpoint.begin_wait());
	CHECK(crowd.writers[1]->write("b2") == Written::kAccepted);
	crowd.settle();
	CHECK(crowd.woken());
	CHECK((crowd.reader.read_all() == Texts{"b2"}));
}

LAW("a message in an armed lane is read though the only lane that is awake has just gone") {
	Crowd crowd(2);
	CHECK(!crowd.reader.endpoint.begin_wait());
	CHECK(crowd.writers[0]->write("a") == Written::kAccepted);
	crowd.dismiss(*crowd.writers[0]);
	crowd.settle();
	CHECK(crowd.woken());
	CHECK(crowd.writers[1]->write("b") == Written::kAccepted); // rings, which is not received yet
	CHECK((crowd.reader.read(1) == Texts{"a"}));
	CHECK((crowd.reader.read(1) == Texts{"b"}));
	CHECK(crowd.reader.log.count(Type::kDisconnect) == 1);
}

LAW("the end and the departure of a writer whose lane stays armed wake the reader") {
	for (const bool ends : {true, false}) {
		Crowd crowd(2);
		CHECK(crowd.writers[0]->write("a") == Written::kAccepted);
		CHECK(crowd.writers[1]->write("b") == Written::kAccepted);
		crowd.settle();
		CHECK(crowd.reader.read_all().size() == 2);
		CHECK(!crowd.reader.endpoint.begin_wait());
		CHECK(crowd.writers[0]->write("a") == Written::kAccepted);
		crowd.settle();
		CHECK(crowd.woken());
		CHECK(crowd.reader.read_all().size() == 1);
		CHECK(!crowd.reader.endpoint.begin_wait());
		crowd.writers[0]->endpoint.end();
		crowd.settle();
		CHECK(crowd.woken());
		CHECK(crowd.reader.read_all().empty());
		CHECK(!crowd.reader.endpoint.begin_wait());
		if (ends) {
			crowd.writers[1]->endpoint.end();
		} else {
			crowd.writers[1]->endpoint.leave();
		}
		crowd.settle();
		CHECK(crowd.woken());
		CHECK(crowd.reader.read_all().empty());
		CHECK(crowd.reader.log.count(Type::kEnd) == (ends ? 1 : 0));
		CHECK(crowd.reader.log.count(Type::kDisconnect) == (ends ? 0 : 1));
	}
}

LAW("a shutdown wakes a reader whose lanes stay armed, and it ends after the last message") {
	Crowd crowd(3);
	CHECK(!crowd.reader.endpoint.begin_wait());
	CHECK(crowd.writers[0]->write("a") == Written::kAccepted);
	crowd.settle();
	CHECK(crowd.woken());
	CHECK(crowd.writers[2]->write("c") == Written::kAccepted);
	crowd.writers[1]->endpoint.shutdown();
	crowd.settle();
	CHECK((crowd.reader.read_all() == Texts{"a", "c"}));
	crowd.settle();
	CHECK(crowd.reader.log.count(Type::kEnd) == 1);
}

LAW("with lanes woken apart no order of writing, serving, reading and waiting loses a wake-up") {
	std::mt19937_64 random(law::seed());
	Crowd crowd(5);
	std::vector<uint64_t> written(crowd.writers.size(), 0);
	uint64_t read = 0;
	uint64_t total = 0;
	for (int step = 0; step < 20'000; ++step) {
		switch (random() % 5) {
		case 0:
		case 1: {
			TestWriter& writer = *crowd.writers[random() % crowd.writers.size()];
			total += writer.write("m") == Written::kAccepted ? 1 : 0;
			break;
		}
		case 2:
			crowd.reader.serve();
			break;
		case 3:
			read += crowd.reader.read(1 + static_cast<uint32_t>(random() % 4)).size();
			break;
		default:
			if (!crowd.reader.endpoint.begin_wait() && read < total) {
				crowd.settle();
				REQUIRE(crowd.woken()); // a message is there, so it must not sleep on
			}
			crowd.reader.endpoint.cancel_wait();
			crowd.reader.wakes = kWakeNone;
		}
	}
	read += crowd.reader.read_all().size();
	CHECK(read == total);
}
