// Handshakes that fail half-way: silent peers and invented ids.
#include "platform/clock.h"
#include "platform/introduction.h"
#include "test/exchange.h"
#include "test/impostor.h"
#include "test/listener.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

constexpr uint64_t kShortly = 20'000'000;
constexpr uint64_t kAnHour = 3'600'000'000'000;

// Sends a hello with a cursor, and then nothing.
struct SilentReader {
	explicit SilentReader(Company& company) : impostor(company, Role::kWriter) {
		CHECK(memory.create(kCursorBytes).ok());
		WireHello hello = impostor.hello();
		hello.holds_back = 1;
		impostor.say_hello(hello, memory);
	}
	Impostor impostor;
	Region memory;
};

} // namespace

LAW("a peer that is silent after its hello is given up after a while, gets the reason, and no longer holds the writer "
    "back") {
	Company company;
	TestWriter& writer = company.writer(2);
	TestReader& reader = company.reader();
	company.settle();
	writer.endpoint.limit_silence(kShortly);
	SilentReader silent(company);
	CHECK(writer.write_many("m", 2) == 2);
	CHECK(reader.read_all() == numbered("m", 0, 2));
	CHECK(writer.write("held back") == Written::kFull);
	company.until([&] { return writer.write("not any more") == Written::kAccepted; });
	CHECK(silent.impostor.refused() == Code::kTimeout);
	CHECK(silent.impostor.cut_off());
	CHECK(writer.log.count(Type::kError) == 0 && writer.log.count(Type::kDisconnect) == 0);
	CHECK(reader.read_all() == Texts{"not any more"});
}

LAW("a peer that is silent after its hello counts as a stranger") {
	Company company;
	TestWriter& writer = company.writer();
	writer.endpoint.limit_silence(kAnHour);
	std::vector<std::unique_ptr<SilentReader>> crowd;
	for (size_t i = 0; i < kStrangersMax; ++i) {
		crowd.push_back(std::make_unique<SilentReader>(company));
	}
	Impostor one_more(company, Role::kWriter);
	company.settle();
	CHECK(one_more.refused() == Code::kLimit);
	TestReader& reader = company.reader();
	check_exchange(company, writer, reader, Reported::kOutOfRoom);
}

LAW("a peer that is stopped in its handshake until it is given up dials again when it continues") {
	for (const bool writer_first : {true, false}) {
		for (const bool writer_stops : {true, false}) {
			for (int rounds = 0; rounds < 4; ++rounds) {
				Company company;
				auto [writer, reader] = company.pair(writer_first);
				Member& stopped = writer_stops ? static_cast<Member&>(writer) : reader;
				Member& other = writer_stops ? static_cast<Member&>(reader) : writer;
				other.common().limit_silence(kShortly);
				for (int i = 0; i < rounds; ++i) {
					other.serve();
					stopped.serve();
				}
				const uint64_t enough = monotonic_nanos() + 2 * kShortly;
				while (monotonic_nanos() < enough) {
					other.serve();
				}
				check_exchange(company, writer, reader, writer_stops ? Reported::kSilence : Reported::kNothing);
			}
		}
	}
}

LAW("a reader whose ready arrives after the writer has given it up has read no message, emits no event, and dials "
    "again") {
	Company company;
	ManualListener listener(company.contract, "writer-000000000000002a");
	TestReader& reader = company.reader();
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	Region memory;
	REQUIRE(memory.create(geometry.lane_bytes()).ok());
	LaneWriter lane(memory.memory(), geometry, 42, CopyKind::kOrdered);
	lane.put(nullptr, 0, 1);
	lane.publish();
	for (int attempt = 0; attempt < 3; ++attempt) {
		LinkEnd writer;
		company.until([&] { return listener.accept(writer); });
		const WireHello hello = make_hello(company.contract, Role::kWriter, 42, 1);
		REQUIRE(writer.send(&hello, sizeof hello) == LinkEnd::Sent::kYes);
		WireWelcome welcome;
		std::memset(&welcome, 0, sizeof welcome);
		welcome.type = static_cast<uint8_t>(WireType::kWelcome);
		REQUIRE(writer.send(&welcome, sizeof welcome, memory.share()) == LinkEnd::Sent::kYes);
		company.settle();
		CHECK(reader.read_all().empty() && reader.endpoint.open_links() == 0);
		const WireRefuse refusal = make_refuse(Status::failure(Code::kTimeout, "too late"));
		REQUIRE(writer.send(&refusal, sizeof refusal) == LinkEnd::Sent::kYes);
	}
	company.settle();
	CHECK(reader.log.events.empty());
}

LAW("a client that is silent after its introduction loses its place") {
	const Company company;
	for (const bool writing : {true, false}) {
		LinkEnd near;
		LinkOffer client;
		REQUIRE(offer_link(near, client).ok());
		WriterEndpoint writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
		ReaderEndpoint reader(company.contract, {});
		const Peer peer{7, 1, 1, Role::kClient};
		Endpoint& endpoint = writing ? static_cast<Endpoint&>(writer) : reader;
		endpoint.limit_silence(kShortly);
		CHECK((writing ? writer.open_on(near, peer) : reader.open_on(near, peer)).ok());
		Event event;
		while (!endpoint.take_event(event)) {
			WaitGroup group; // no other event causes a service
			void* tokens[WaitSet::kReadyMax];
			REQUIRE(group.open().ok() && group.add(endpoint.wait_set(), &endpoint));
			CHECK(group.collect(tokens, WaitSet::kForever) == 1);
			(void)endpoint.service();
		}
		CHECK(event.type == Type::kDisconnect && event.peer.id == 7);
	}
}

LAW("a hello with the id of another peer, or of the endpoint itself, is refused, and that peer stays linked") {
	Company company;
	TestWriter& writer = company.writer();
	FakeReader honest(company);
	uint64_t own = 0;
	for (const std::string& name : company.labels()) {
		own = name.starts_with("writer-") ? std::stoull(name.substr(7), nullptr, 16) : own;
	}
	for (const uint64_t id : {honest.impostor.id, own}) {
		Impostor liar(company, Role::kWriter);
		WireHello hello = liar.hello();
		hello.endpoint = id;
		liar.say_hello(hello);
		CHECK(liar.refused() == Code::kCorrupt);
		CHECK(liar.cut_off());
		const Event* error = writer.log.last(Type::kError);
		REQUIRE(error != nullptr);
		CHECK(error->peer.id == 0);
	}
	CHECK(writer.endpoint.open_links() == 1);
	CHECK(writer.log.count(Type::kConnect) == 1 && writer.log.count(Type::kDisconnect) == 0);
}

LAW("a peer that listens under one id and sends a hello with another is refused") {
	Company company;
	TestReader& first = company.reader();
	ManualListener listener(company.contract, "reader-000000000000002a");
	TestWriter& writer = company.writer();
	LinkEnd liar;
	REQUIRE(listener.accept(liar));
	const WireHello hello = make_hello(company.contract, Role::kReader, 43, 1);
	REQUIRE(liar.send(&hello, sizeof hello) == LinkEnd::Sent::kYes);
	company.settle();
	const Event* error = writer.log.last(Type::kError);
	REQUIRE(error != nullptr);
	CHECK(error->status.code == Code::kCorrupt && error->peer.id == 0);
	CHECK(writer.endpoint.open_links() == 1 && first.log.count(Type::kConnect) == 1);
}
