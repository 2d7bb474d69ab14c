// Sleep and wake-up of endpoints: one ring for each sleep, none for an awake peer, and no wait is lost.
#include "platform/clock.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

// A linked pair whose reader does not poll before it sleeps.
struct Couple : Company {
	explicit Couple(uint32_t depth = 16) : writer(Company::writer(depth)), reader(Company::reader(sleepy())) {
		settle();
	}
	static ReaderOptions sleepy() {
		ReaderOptions options;
		options.spin_nanos = 0;
		return options;
	}
	// True: a ring has arrived since the last call.
	static bool woken(Member& member, Wake wake) {
		const bool is = (member.wakes & wake) != 0;
		member.wakes &= ~static_cast<uint32_t>(wake);
		return is;
	}
	TestWriter& writer;
	TestReader& reader;
};

uint64_t in_millis(uint64_t millis) {
	return monotonic_nanos() + millis * 1'000'000;
}

} // namespace

LAW("a reader that sleeps is rung once, and one that is awake never") {
	Couple couple;
	CHECK(couple.writer.write("m") == Written::kAccepted);
	CHECK(couple.writer.endpoint.rings() == 0);
	CHECK(couple.reader.endpoint.begin_wait());
	CHECK(couple.reader.read_all().size() == 1);
	for (uint64_t round = 1; round <= 3; ++round) {
		CHECK(!couple.reader.endpoint.begin_wait());
		CHECK(couple.writer.write_many("m", 5) == 5);
		CHECK(couple.writer.endpoint.rings() == round);
		couple.settle();
		CHECK(Couple::woken(couple.reader, kWakeData));
		CHECK(couple.reader.read_all().size() == 5);
	}
	CHECK(couple.reader.endpoint.counts().sleeps == 3);
}

LAW("a waiting reader gets one event, and a cancelled wait none") {
	Couple couple;
	CHECK(!couple.reader.endpoint.begin_wait());
	couple.reader.endpoint.cancel_wait();
	CHECK(couple.writer.write("m") == Written::kAccepted);
	CHECK(couple.writer.endpoint.rings() == 0);
	couple.settle();
	CHECK(!Couple::woken(couple.reader, kWakeData));
	CHECK(couple.reader.read_all().size() == 1);

	CHECK(!couple.reader.endpoint.begin_wait());
	CHECK(couple.writer.write("m") == Written::kAccepted);
	couple.settle();
	CHECK(Couple::woken(couple.reader, kWakeData));
	CHECK(couple.writer.write("m") == Written::kAccepted);
	couple.settle();
	CHECK(!Couple::woken(couple.reader, kWakeData));
}

LAW("a sleeping reader is woken by an end, a death, a shutdown and a message of a new writer") {
	const auto wakes = [](const std::function<void(Couple&)>& act) {
		Couple couple;
		if (couple.reader.endpoint.begin_wait()) {
			return false;
		}
		act(couple);
		couple.settle();
		return Couple::woken(couple.reader, kWakeData);
	};
	CHECK(wakes([](Couple& couple) { couple.writer.endpoint.end(); }));
	CHECK(wakes([](Couple& couple) { couple.writer.endpoint.leave(false); }));
	CHECK(wakes([](Couple& couple) { couple.writer.endpoint.leave(); }));
	CHECK(wakes([](Couple& couple) { couple.writer.endpoint.shutdown(); }));
	CHECK(wakes([](Couple& couple) {
		TestWriter& late = static_cast<Company&>(couple).writer(16);
		CHECK(late.write("m") == Written::kAccepted);
	}));
}

LAW("an idle pair sends no ring and is not busy") {
	Couple couple;
	CHECK(!couple.reader.endpoint.begin_wait());
	CHECK(couple.writer.endpoint.want_space(10));
	couple.settle();
	for (int i = 0; i < 100; ++i) {
		CHECK(!couple.writer.busy() && !couple.reader.busy());
	}
	CHECK(couple.writer.endpoint.rings() == 0 && couple.reader.endpoint.rings() == 0);
}

LAW("a polling reader finds a message without a ring, and sleeps when its budget is spent") {
	Company company;
	ReaderOptions options;
	options.spin_nanos = 3'000'000'000; // longer than this law
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader(options);
	company.settle();
	CHECK(writer.write("m") == Written::kAccepted);
	CHECK(reader.read_all().size() == 1);
	CHECK(!reader.endpoint.begin_wait());
	if (!reader.endpoint.polling()) {
		return; // no reader polls on a single core
	}
	CHECK(!reader.endpoint.poll());
	CHECK(writer.write("m") == Written::kAccepted);
	CHECK(reader.endpoint.poll() && !reader.endpoint.polling());
	CHECK(writer.endpoint.rings() == 0);
	CHECK(reader.endpoint.counts().spins == 1 && reader.endpoint.counts().sleeps == 0);
	// Without earlier traffic the budget is 0.
	CHECK(reader.read_all().size() == 1);
	CHECK(!reader.endpoint.begin_wait());
	reader.endpoint.cancel_wait();
	CHECK(!reader.endpoint.begin_wait() && !reader.endpoint.polling());
}

LAW("a writer that waits for space gets its event when half of the messages are read, and one ring") {
	Couple couple(16);
	CHECK(couple.writer.write_many("m", 20) == 16);
	CHECK(!couple.writer.endpoint.want_space(10));
	for (uint32_t read = 1; read <= 7; ++read) {
		CHECK(couple.reader.read(1).size() == 1);
		couple.reader.endpoint.commit(1);
		CHECK(couple.reader.endpoint.rings() == 0);
	}
	CHECK(couple.reader.read(1).size() == 1);
	couple.reader.endpoint.commit(1);
	CHECK(couple.reader.endpoint.rings() == 1);
	CHECK(couple.reader.read_all().size() == 8);
	CHECK(couple.reader.endpoint.rings() == 1);
	couple.settle();
	CHECK(Couple::woken(couple.writer, kWakeSpace));
	CHECK(couple.writer.endpoint.want_space(10));
}

LAW("a reader that takes any number of messages at a time, up to a whole lane, never deadlocks with its writer") {
	for (uint32_t together = 1; together <= 16; ++together) {
		Couple couple(16);
		CHECK(couple.writer.write_many("m", 20) == 16);
		CHECK(!couple.writer.endpoint.want_space(10));
		for (uint32_t unread = 16; unread >= together; unread -= together) {
			CHECK(couple.reader.read(together).size() == together);
			couple.reader.endpoint.commit(together);
		}
		CHECK(couple.reader.endpoint.rings() == 1);
	}
}

LAW("a writer that waits for space gets its event when the reader that held it back has gone") {
	Couple couple(16);
	CHECK(couple.writer.write_many("m", 20) == 16);
	CHECK(couple.reader.read(16).size() == 16);
	CHECK(!couple.writer.endpoint.want_space(10));
	couple.reader.endpoint.commit(8);
	couple.dismiss(couple.reader);
	couple.settle();
	CHECK(Couple::woken(couple.writer, kWakeSpace));
	CHECK(couple.writer.write_many("n", 20) == 8);
}

LAW("a writer that waits for its readers gets its event when they have read all messages that were written before the "
    "wait") {
	Couple couple(16);
	CHECK(couple.writer.endpoint.want_drained());
	CHECK(couple.writer.write_many("m", 4) == 4);
	CHECK(!couple.writer.endpoint.want_drained());
	CHECK(couple.writer.write_many("n", 4) == 4); // later: not part of the wait
	CHECK(couple.reader.read(3).size() == 3);
	couple.reader.endpoint.commit(3);
	couple.settle();
	CHECK(!Couple::woken(couple.writer, kWakeDrained));
	CHECK(couple.reader.read(1).size() == 1);
	couple.reader.endpoint.commit(1);
	couple.settle();
	CHECK(Couple::woken(couple.writer, kWakeDrained));
	CHECK(!couple.writer.endpoint.want_drained());
	couple.writer.endpoint.cancel_drained();
	CHECK(couple.reader.read_all().size() == 4);
	couple.settle();
	CHECK(!Couple::woken(couple.writer, kWakeDrained));
	CHECK(couple.writer.endpoint.want_drained());
}

LAW("messages that a reader had read before it left count as read") {
	Couple couple(16);
	CHECK(couple.writer.write_many("m", 4) == 4);
	CHECK(!couple.writer.endpoint.want_drained());
	CHECK(couple.reader.read_all().size() == 4);
	couple.dismiss(couple.reader);
	couple.settle();
	CHECK(Couple::woken(couple.writer, kWakeDrained));
	CHECK(couple.writer.endpoint.want_drained() && couple.writer.endpoint.unread() == 0);
}

LAW("the number of unread messages is available after the writer has left") {
	Couple couple(16);
	CHECK(couple.writer.write_many("m", 10) == 10);
	CHECK(couple.reader.read(6).size() == 6);
	couple.reader.endpoint.commit(6);
	couple.writer.endpoint.leave();
	CHECK(couple.writer.endpoint.unread() == 4);
	CHECK(couple.writer.endpoint.want_space(1) && couple.writer.endpoint.want_drained());
}

LAW("a writer's waits for space and for its readers both end, each once, in either order") {
	Couple couple(16);
	CHECK(couple.writer.write_many("m", 20) == 16);
	CHECK(!couple.writer.endpoint.want_drained());
	CHECK(!couple.writer.endpoint.want_space(10));
	CHECK(couple.reader.read(8).size() == 8);
	couple.reader.endpoint.commit(8);
	couple.settle();
	CHECK(Couple::woken(couple.writer, kWakeSpace) && !Couple::woken(couple.writer, kWakeDrained));
	CHECK(couple.reader.read_all().size() == 8);
	couple.settle();
	CHECK(Couple::woken(couple.writer, kWakeDrained) && !Couple::woken(couple.writer, kWakeSpace));
}

LAW("a wait with a deadline returns in time, or as soon as there is a message") {
	Couple couple(2);
	CHECK(!couple.reader.endpoint.wait_until(in_millis(5)));
	CHECK(couple.writer.write_many("m", 2) == 2);
	CHECK(couple.reader.endpoint.wait_until(UINT64_MAX));
	CHECK(!couple.writer.endpoint.wait_space(10, in_millis(5)));
	CHECK(couple.reader.read_all().size() == 2);
	CHECK(couple.writer.endpoint.wait_space(10, UINT64_MAX));
	couple.writer.endpoint.shutdown();
	CHECK(couple.writer.endpoint.wait_space(10, UINT64_MAX)); // ended by the next write
	CHECK(couple.reader.endpoint.wait_until(UINT64_MAX));
}

LAW("a wait of one kind does not cancel a wait of another kind") {
	Couple couple(16);
	for (const bool in_time : {true, false}) {
		CHECK(couple.writer.write_many("m", 20) == 16);
		CHECK(!couple.writer.endpoint.want_drained());
		CHECK(!couple.writer.endpoint.want_space(20));
		if (in_time) {
			CHECK(couple.reader.read_all().size() == 16);
		}
		CHECK(couple.writer.endpoint.wait_space(10, in_millis(2)) == in_time);
		CHECK(couple.writer.endpoint.wait_space(10, in_millis(2)) == in_time);
		couple.writer.wakes = kWakeNone;
		(void)couple.reader.read_all();
		couple.settle();
		CHECK(Couple::woken(couple.writer, kWakeDrained));
		CHECK(Couple::woken(couple.writer, kWakeSpace));
	}

	CHECK(!couple.reader.endpoint.begin_wait());
	CHECK(couple.writer.write("m") == Written::kAccepted);
	CHECK(couple.reader.endpoint.wait_until(UINT64_MAX));
	CHECK(couple.reader.read_all().size() == 1);
	couple.settle();
	CHECK(Couple::woken(couple.reader, kWakeData));

	CHECK(!couple.reader.endpoint.begin_wait());
	CHECK(!couple.reader.endpoint.wait_until(in_millis(1)));
	CHECK(couple.writer.write("m") == Written::kAccepted);
	couple.settle();
	CHECK(Couple::woken(couple.reader, kWakeData));
}

LAW("events during a wait are emitted after it") {
	Couple couple(2);
	CHECK(couple.writer.write_many("m", 2) == 2);
	TestReader& other = static_cast<Company&>(couple).reader();
	CHECK(!couple.writer.endpoint.wait_space(10, in_millis(5)));
	couple.writer.wakes = kWakeNone;
	couple.settle();
	CHECK(couple.writer.log.count(Type::kConnect) == 2 && Couple::woken(couple.writer, kWakeEvents));
	CHECK(other.log.count(Type::kConnect) == 1);
}
