// Endpoints that were open before are awaited: they get also the messages of the time before they are linked.
#include <deque>

#include "platform/clock.h"
#include "test/company.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

constexpr uint64_t kShortly = 20'000'000;

// Opens a writer with a short handshake timeout. It has connected to all readers when this returns.
TestWriter& impatient_writer(Company& company, uint32_t depth) {
	return company.impatient_writer(depth, kShortly);
}

// Opens a reader with a short handshake timeout. It has dialled all writers when this returns.
TestReader& impatient_reader(Company& company, EndRule until = {}) {
	ReaderOptions options;
	options.until = until;
	return company.impatient_reader(options, kShortly);
}

// Connections that fill the backlog of an endpoint.
class Crowd {
public:
	Crowd(const Company& company, Role role) {
		MeetingPlace::Dialled dialled = MeetingPlace::Dialled::kFailed;
		for (const std::string& label : company.labels()) {
			if (label.starts_with(role_name(role))) {
				do {
					dialled = company.dial(label, connections_.emplace_back());
				} while (dialled == MeetingPlace::Dialled::kYes);
			}
		}
		CHECK(dialled == MeetingPlace::Dialled::kBusy); // not for lack of handles
	}

private:
	std::deque<LinkEnd> connections_;
};

// Serves only these two until they are linked.
void link(TestWriter& writer, TestReader& reader) {
	while (writer.endpoint.open_links() == 0 || reader.endpoint.open_links() == 0) {
		writer.serve();
		reader.serve();
	}
}

} // namespace

LAW("a reader that opened before a writer gets its first message, however late the handshake is") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropNewest}) {
		Company company(overflow);
		TestReader& quick = company.reader();
		TestReader& slow = company.reader();
		TestWriter& writer = company.writer(4);
		link(writer, quick);
		CHECK(writer.write_many("m", 6) == 4);
		CHECK(quick.read_all() == numbered("m", 0, 4));
		CHECK(writer.write("no room") == (overflow == Overflow::kBlock ? Written::kFull : Written::kDropped));
		CHECK(writer.endpoint.unread() == 4);
		CHECK(!writer.endpoint.want_space(1) && !writer.endpoint.want_drained());
		company.until([&] { return slow.endpoint.open_links() == 1; });
		CHECK(slow.read_all() == numbered("m", 0, 4));
		company.until([&] { return writer.wakes == (kWakeSpace | kWakeDrained | kWakeEvents); });
		CHECK(writer.write("m4") == Written::kAccepted);
		CHECK(quick.read_all() == Texts{"m4"} && slow.read_all() == Texts{"m4"});
	}
}

LAW("an awaited reader that does not answer is given up after a while, and a writer that waits for space is woken") {
	Company company;
	TestReader& quick = company.reader();
	TestReader& stopped = company.reader();
	TestWriter& writer = impatient_writer(company, 4);
	link(writer, quick);
	CHECK(writer.write_many("m", 4) == 4);
	CHECK(quick.read_all() == numbered("m", 0, 4));
	CHECK(!writer.endpoint.want_space(1));
	while ((writer.wakes & kWakeSpace) == 0) {
		writer.serve();
	}
	CHECK(writer.write("m4") == Written::kAccepted);
	company.until([&] { return stopped.endpoint.open_links() == 1; });
	CHECK(stopped.read_all() == Texts{"m4"});
	CHECK(writer.log.count(Type::kError) == 0 && stopped.log.count(Type::kError) == 0);
}

LAW("an awaited reader that dies or does not fit does not hold the writer back, and messages that others have read do "
    "not return") {
	for (const bool dies : {true, false}) {
		for (const bool quick_stays : {true, false}) {
			Company company;
			Contract other = company.contract;
			other.codec = "another";
			TestReader& quick = company.reader();
			TestReader& lost = dies ? company.reader() : company.reader(other);
			TestWriter& writer = company.writer(4);
			link(writer, quick);
			CHECK(writer.write_many("m", 4) == 4);
			CHECK(quick.read(3) == numbered("m", 0, 3));
			quick.endpoint.commit(3);
			CHECK(writer.write("no room") == Written::kFull);
			if (!quick_stays) {
				company.dismiss(quick);
				writer.serve();
			}
			if (dies) {
				lost.endpoint.leave(false);
			} else {
				lost.serve();
			}
			company.until([&] { return writer.endpoint.unread() == 1; });
			CHECK(writer.log.count(Type::kError) == (dies ? 0 : 1));
			TestReader& next = company.reader();
			company.settle();
			CHECK(next.read_all() == Texts{"m3"});
		}
	}
}

LAW("a reader does not end before it is linked to every writer that opened before it") {
	Company company;
	TestWriter& quick = company.writer();
	TestWriter& slow = company.writer();
	for (TestWriter* writer : {&quick, &slow}) {
		CHECK(writer->write("m0") == Written::kAccepted);
		writer->endpoint.end();
	}
	TestReader& reader = company.reader();
	link(quick, reader);
	CHECK(reader.read_all() == Texts{"m0"});
	CHECK(reader.log.count(Type::kEnd) == 0);
	company.until([&] { return reader.endpoint.open_links() == 2; });
	CHECK(reader.read_all() == Texts{"m0"});
	CHECK(reader.log.count(Type::kEnd) == 1);
}

LAW("a reader ends without a writer that opened before it and died") {
	Company company;
	TestWriter& quick = company.writer();
	TestWriter& dead = company.writer();
	quick.endpoint.end();
	TestReader& reader = company.reader();
	link(quick, reader);
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 0);
	dead.endpoint.leave(false);
	CHECK(!reader.endpoint.begin_wait());
	company.until([&] { return reader.log.count(Type::kEnd) == 1 || !reader.read_all().empty(); });
	CHECK(reader.log.count(Type::kEnd) == 1);
}

LAW("a reader reports a silent writer that it found with one TIMEOUT error, and does not end without it") {
	for (const bool counts_writers : {false, true}) {
		for (const bool dies : {false, true}) {
			Company company;
			TestWriter& quick = company.writer();
			TestWriter& silent = company.writer();
			CHECK(quick.write("quick") == Written::kAccepted && silent.write("silent") == Written::kAccepted);
			quick.endpoint.end();
			silent.endpoint.end();
			TestReader& reader =
				impatient_reader(company, counts_writers ? EndRule{EndRule::Kind::kWriters, 1} : EndRule{});
			link(quick, reader);
			CHECK(reader.read_all() == Texts{"quick"});
			while (reader.log.count(Type::kError) == 0) {
				reader.serve();
			}
			const Event& error = *reader.log.last(Type::kError);
			CHECK(error.status.code == Code::kTimeout && error.peer.role == Role::kWriter && error.peer.id != 0);
			CHECK(error.peer.process == own_credentials().process);
			const uint64_t several_tries = monotonic_nanos() + 4 * kConnectRetryNanos;
			while (monotonic_nanos() < several_tries) {
				reader.serve();
				CHECK(reader.read().empty() && reader.log.count(Type::kEnd) == 0);
			}
			CHECK(!reader.endpoint.begin_wait());
			if (dies) {
				silent.endpoint.leave(false);
			}
			Texts texts;
			company.until([&] {
				const Texts more = reader.read_all();
				texts.insert(texts.end(), more.begin(), more.end());
				return reader.log.count(Type::kEnd) == 1;
			});
			CHECK(texts == (dies ? Texts{} : Texts{"silent"}));
			CHECK(reader.log.count(Type::kError) == 1);
		}
	}
}

LAW("a reader whose backlog is full still gets a writer's first message") {
	Company company;
	TestReader& slow = company.reader();
	auto crowd = std::make_unique<Crowd>(company, Role::kReader);
	TestReader& quick = company.reader();
	TestWriter& writer = company.writer(4);
	link(writer, quick);
	CHECK(writer.write_many("m", 4) == 4);
	CHECK(quick.read_all() == numbered("m", 0, 4));
	CHECK(writer.write("no room") == Written::kFull);
	crowd.reset();
	company.until([&] { return slow.endpoint.open_links() == 1; });
	CHECK(slow.read_all() == numbered("m", 0, 4));
	company.until([&] { return writer.write("m4") == Written::kAccepted; });
	CHECK(writer.log.count(Type::kError) == 0);
}

LAW("a reader does not end without a writer whose backlog is full, and reports it as silent after a while") {
	for (const bool in_time : {true, false}) {
		Company company;
		TestWriter& slow = company.writer();
		auto crowd = std::make_unique<Crowd>(company, Role::kWriter);
		TestWriter& quick = company.writer();
		for (TestWriter* writer : {&quick, &slow}) {
			CHECK(writer->write("m0") == Written::kAccepted);
			writer->endpoint.end();
		}
		TestReader& reader = in_time ? company.reader() : impatient_reader(company);
		link(quick, reader);
		CHECK(reader.read_all() == Texts{"m0"} && reader.log.count(Type::kEnd) == 0);
		while (!in_time && reader.log.count(Type::kError) == 0) {
			reader.serve();
		}
		CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 0);
		crowd.reset();
		company.until([&] { return reader.endpoint.open_links() == 2; });
		CHECK(reader.read_all() == Texts{"m0"});
		CHECK(reader.log.count(Type::kEnd) == 1 && reader.log.count(Type::kError) == (in_time ? 0 : 1));
	}
}

LAW("a reader that is slow in its handshake until the writer gives up still does not end without that writer") {
	for (int rounds = 1; rounds < 4; ++rounds) {
		Company company;
		TestWriter& ended = company.writer();
		ended.endpoint.end();
		TestWriter& other = company.writer();
		other.endpoint.limit_silence(kShortly);
		CHECK(other.write("m") == Written::kAccepted);
		TestReader& reader = company.reader();
		link(ended, reader);
		for (int i = 0; i < rounds; ++i) {
			other.serve();
			reader.serve();
		}
		const uint64_t given_up = monotonic_nanos() + 2 * kShortly;
		while (monotonic_nanos() < given_up) {
			other.serve();
		}
		Texts texts;
		company.until([&] {
			const Texts more = reader.read_all();
			texts.insert(texts.end(), more.begin(), more.end());
			CHECK(reader.log.count(Type::kEnd) == 0);
			return !texts.empty();
		});
		CHECK(texts == Texts{"m"});
	}
}
