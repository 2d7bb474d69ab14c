// Endpoints of one thread: while one blocks the thread, the others serve their peers.
#include <thread>

#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

Contract named(const Contract& contract, const char* name) {
	Contract other = contract;
	other.name = name;
	return other;
}

} // namespace

LAW("a peer of a neighbour is linked while another endpoint blocks the thread, and the event follows the call") {
	Neighbours neighbours;
	Company company;
	const Contract questions = named(company.contract, "questions");
	const Contract answers = named(company.contract, "answers");
	TestWriter& asks = company.writer(questions);
	TestReader& waits = company.reader(answers);
	for (Endpoint* endpoint : {static_cast<Endpoint*>(&asks.endpoint), static_cast<Endpoint*>(&waits.endpoint)}) {
		neighbours.add(*endpoint);
		endpoint->live_among(neighbours);
	}
	CHECK(asks.write("what?") == WriterEndpoint::Written::kAccepted);

	std::thread other([&] {
		Company there(answers);
		TestReader& reader = there.reader(questions);
		Texts received;
		there.until([&] { return !(received = reader.read_all()).empty(); });
		CHECK(received == Texts{"what?"});
		TestWriter& writer = there.writer();
		CHECK(writer.write("that") == WriterEndpoint::Written::kAccepted);
		there.until([&] { return writer.log.count(Type::kConnect) == 1 && writer.endpoint.unread() == 0; });
	});
	Texts texts;
	while (texts.empty()) {
		CHECK(waits.endpoint.wait_until(UINT64_MAX));
		texts = waits.read_all();
	}
	CHECK(texts == Texts{"that"});
	waits.endpoint.commit(UINT32_MAX);
	other.join();
	CHECK(asks.log.events.empty());
	company.settle();
	CHECK((asks.wakes & kWakeEvents) != 0);
	CHECK(asks.log.count(Type::kConnect) == 1);
}

LAW("a writer that waits for space is woken by an event, so that a death can be emitted") {
	Company company;
	TestWriter& writer = company.writer(2);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write_many("", 3) == 2);
	company.dismiss(reader);
	CHECK(!writer.endpoint.wait_space(1, UINT64_MAX));
	writer.take_events();
	CHECK(writer.log.departed(Event::Reason::kClosed));
}

LAW("a peer of a neighbour is linked while a reader polls in a blocking call") {
	Neighbours neighbours;
	Company company;
	const Contract questions = named(company.contract, "questions");
	TestWriter& asks = company.writer(questions);
	ReaderOptions patient;
	patient.spin_nanos = 3'600'000'000'000;
	TestReader& waits = company.reader(patient);
	TestWriter& wakes = company.writer();
	company.settle();
	for (Endpoint* endpoint : {static_cast<Endpoint*>(&asks.endpoint), static_cast<Endpoint*>(&waits.endpoint)}) {
		neighbours.add(*endpoint);
		endpoint->live_among(neighbours);
	}
	CHECK(wakes.write("x") == WriterEndpoint::Written::kAccepted && waits.read_all() == Texts{"x"});
	std::thread other([&] {
		Company there(questions);
		TestReader& reader = there.reader();
		there.until([&] { return reader.log.count(Type::kConnect) == 1; });
		CHECK(wakes.write("it was") == WriterEndpoint::Written::kAccepted);
	});
	CHECK(waits.endpoint.wait_until(UINT64_MAX));
	other.join();
	CHECK(waits.read_all() == Texts{"it was"});
	for (Endpoint* endpoint : {static_cast<Endpoint*>(&asks.endpoint), static_cast<Endpoint*>(&waits.endpoint)}) {
		neighbours.remove(*endpoint);
	}
}

LAW("a neighbour keeps a limited number of events that are not taken, and none is lost") {
	constexpr size_t kStrangers = 3 * kLinksMax;
	Neighbours neighbours;
	Company company;
	TestWriter& visited = company.writer();
	TestReader& waits = company.reader(named(company.contract, "other"));
	neighbours.add(visited.endpoint);
	neighbours.add(waits.endpoint);
	const std::vector<std::string> labels = company.labels();
	REQUIRE(labels.size() == 1);
	for (size_t i = 0; i < kStrangers; ++i) {
		LinkEnd stranger;
		REQUIRE(company.dial(labels[0], stranger) == MeetingPlace::Dialled::kYes);
		CHECK(stranger.send("?", 1) == LinkEnd::Sent::kYes); // each is one error
		CHECK(neighbours.wait(waits.endpoint, 0));
		CHECK(neighbours.wait(waits.endpoint, 0));
	}
	visited.take_events();
	CHECK(visited.log.events.size() >= 2 * kLinksMax && visited.log.events.size() < 2 * kLinksMax + 64);
	// From here on it is served again.
	const size_t before = visited.log.events.size();
	while (visited.log.events.size() == before) {
		CHECK(neighbours.wait(waits.endpoint, 0));
		visited.take_events();
	}
	neighbours.release();
	company.until([&] { return visited.log.count(Type::kError) == kStrangers; });
	neighbours.remove(visited.endpoint);
	neighbours.remove(waits.endpoint);
}
