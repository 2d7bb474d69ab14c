// While one endpoint blocks its thread, the thread's other endpoints do not keep anybody waiting.
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

LAW("who joins a neighbour of an endpoint that blocks is taken in meanwhile, and that is told afterwards") {
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
		TestReader& hears = there.reader(questions);
		Texts heard;
		there.until([&] { return !(heard = hears.read_all()).empty(); });
		CHECK(heard == Texts{"what?"});
		TestWriter& replies = there.writer();
		CHECK(replies.write("that") == WriterEndpoint::Written::kAccepted);
		there.until([&] { return replies.log.count(Type::kConnect) == 1 && replies.endpoint.unread() == 0; });
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

LAW("a writer that waits for room is woken by an event, so that a death can be told") {
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
