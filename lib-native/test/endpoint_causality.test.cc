// A reader that sorts by time, and writers that are not linked with it yet: a cause comes before its effect.
#include "platform/clock.h"
#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

constexpr uint64_t kShortly = 20'000'000;

ReaderOptions by_time() {
	ReaderOptions options;
	options.order_by_time = true;
	return options;
}

// Reads until a number of messages have arrived. All endpoints are served.
Texts read_until(Company& company, TestReader& reader, size_t count) {
	Texts all;
	company.until([&] {
		const Texts texts = reader.read_all();
		all.insert(all.end(), texts.begin(), texts.end());
		return all.size() >= count;
	});
	return all;
}

} // namespace

LAW("the effect that an old writer sends does not come before its cause from a young writer") {
	Company company;
	TestReader& reader = company.reader(by_time());
	TestWriter& old = company.writer();
	company.settle();
	for (int round = 0; round < 200; ++round) {
		TestWriter& young = company.writer();
		CHECK(young.write("cause") == Written::kAccepted);
		CHECK(old.write("effect") == Written::kAccepted);
		const Texts first = reader.read();
		CHECK(first.empty() || first[0] == "cause");
		Texts rest = first;
		company.until([&] {
			const Texts more = reader.read_all();
			rest.insert(rest.end(), more.begin(), more.end());
			return rest.size() == 2;
		});
		CHECK(rest == Texts({"cause", "effect"}));
		company.dismiss(young);
		company.settle();
		(void)reader.read_all();
		reader.take_events();
	}
}

LAW("a reader that is opened late over the backlog of idle writers delivers it in order of time") {
	for (int round = 0; round < 30; ++round) {
		Company company;
		std::vector<TestWriter*> writers;
		for (int i = 0; i < 4; ++i) {
			writers.push_back(&company.writer());
		}
		for (uint64_t i = 0; i < 40; ++i) {
			CHECK(writers[(i * 7 + static_cast<uint64_t>(round)) % 4]->write("m" + std::to_string(i)) ==
			      Written::kAccepted);
		}
		TestReader& reader = company.reader(by_time());
		CHECK(read_until(company, reader, 40) == numbered("m", 0, 40));
	}
}

LAW("messages that are older than a writer in its handshake are delivered meanwhile, and a waiting reader sleeps") {
	Company company;
	TestReader& reader = company.reader(by_time());
	TestWriter& old = company.writer();
	company.settle();
	CHECK(old.write("before") == Written::kAccepted);
	Impostor young(company, Role::kReader);
	young.say_hello(young.hello());
	CHECK(old.write("after") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"before"});
	while (reader.endpoint.begin_wait()) { // for events
		CHECK(reader.read().empty());
	}
	CHECK(old.write("later") == Written::kAccepted);
	company.settle();
	CHECK(reader.read_all().empty());
	while (reader.endpoint.begin_wait()) {
		CHECK(reader.read().empty());
	}
	reader.wakes = kWakeNone;
	young.socket.close();
	company.settle();
	CHECK((reader.wakes & kWakeData) != 0);
	CHECK(reader.read_all() == Texts({"after", "later"}));
}

LAW("a connection without a hello does not delay a reader that sorts by time") {
	Company company;
	TestReader& reader = company.reader(by_time());
	TestWriter& writer = company.writer();
	company.settle();
	const Impostor mute(company, Role::kReader);
	CHECK(writer.write("m") == Written::kAccepted);
	CHECK(reader.read_all() == Texts{"m"});
}

LAW("a writer that is silent for too long stops delaying a reader that sorts by time, and is reported once") {
	for (const bool ready : {false, true}) {
		Company company;
		TestReader& reader = company.reader(by_time());
		reader.endpoint.limit_silence(kShortly);
		TestWriter& writer = company.writer();
		company.settle();
		Impostor silent(company, Role::kReader);
		const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
		Region memory;
		REQUIRE(memory.create(geometry.lane_bytes()).ok());
		const LaneWriter lane(memory.memory(), geometry, silent.id, CopyKind::kOrdered);
		silent.say_hello(silent.hello());
		if (ready) {
			silent.hand_over(memory.share());
		}
		CHECK(writer.write("m") == Written::kAccepted);
		CHECK(reader.read_all().empty());
		while (reader.endpoint.begin_wait()) {
			CHECK(reader.read().empty());
		}
		company.until([&] { return (reader.wakes & kWakeData) != 0; });
		CHECK(reader.read_all() == Texts{"m"});
		CHECK(reader.log.count(Type::kError) == 1 && reader.log.last(Type::kError)->status.code == Code::kTimeout);
	}
}

LAW("a reader that sorts by time sleeps while the last messages of an ended writer wait for a handshake") {
	Company company;
	TestReader& reader = company.reader(by_time());
	TestWriter& ended = company.writer();
	company.settle();
	Impostor young(company, Role::kReader);
	young.say_hello(young.hello());
	CHECK(ended.write("m") == Written::kAccepted);
	ended.endpoint.end();
	CHECK(reader.read_all().empty());
	int rounds = 0;
	while (reader.endpoint.begin_wait() && rounds < 10) { // for events
		CHECK(reader.read().empty());
		rounds += 1;
	}
	CHECK(rounds < 10);
}
