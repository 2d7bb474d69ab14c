// How servers and clients are introduced to each other.
#include "channel/duplex_endpoint.h"

#include "platform/clock.h"
#include "test/company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

class TestDuplex : public Member {
public:
	TestDuplex(const Contract& contract, Role role, uint64_t connections_max = 10)
		: Member(endpoint), endpoint(contract, role, connections_max) {
		opened = endpoint.open();
		take_events();
	}
	DuplexEndpoint endpoint;
	std::vector<std::unique_ptr<Introduction>> introductions;

	void meet() {
		serve();
		for (auto next = endpoint.take_introduction(); next != nullptr; next = endpoint.take_introduction()) {
			introductions.push_back(std::move(next));
		}
	}
};

// Serves all until it is true.
void until(const std::vector<TestDuplex*>& all, const std::function<bool()>& condition) {
	while (!condition()) {
		for (TestDuplex* one : all) {
			one->meet();
		}
	}
}

} // namespace

LAW("a server and a client are introduced once, whoever was there first") {
	for (const bool server_first : {true, false}) {
		const Company company;
		std::unique_ptr<TestDuplex> server;
		if (server_first) {
			server = std::make_unique<TestDuplex>(company.contract, Role::kServer);
		}
		TestDuplex client(company.contract, Role::kClient);
		if (!server_first) {
			server = std::make_unique<TestDuplex>(company.contract, Role::kServer);
		}
		REQUIRE(server->opened.ok() && client.opened.ok());
		until({server.get(), &client}, [&] { return !client.introductions.empty(); });
		// Long enough for another try, if it made one.
		const uint64_t enough = monotonic_nanos() + 3 * kConnectRetryNanos;
		until({server.get(), &client}, [&] { return monotonic_nanos() > enough; });
		CHECK(server->introductions.size() == 1 && client.introductions.size() == 1);
		CHECK(server->log.count(Type::kConnect) == 1 && server->log.events.size() == 1);
		CHECK(client.log.count(Type::kConnect) == 1 && client.log.events.size() == 1);
	}
}

LAW("what is introduced talks both ways, although the introducers have gone") {
	const Company company;
	const size_t before = descriptor_count();
	{
		std::unique_ptr<Introduction> ends[2];
		{
			TestDuplex server(company.contract, Role::kServer);
			TestDuplex client(company.contract, Role::kClient);
			until({&server, &client}, [&] { return !server.introductions.empty() && !client.introductions.empty(); });
			ends[0] = std::move(server.introductions[0]);
			ends[1] = std::move(client.introductions[0]);
		}
		for (int from = 0; from < 2; ++from) {
			WriterEndpoint writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
			ReaderEndpoint reader(company.contract, {});
			CHECK(writer.open_on(ends[from]->to_peer.release(), ends[from]->peer).ok());
			CHECK(reader.open_on(ends[1 - from]->from_peer.release(), ends[1 - from]->peer).ok());
			while (writer.open_links() == 0 || reader.open_links() == 0) {
				(void)writer.service();
				(void)reader.service();
			}
			CHECK(writer.try_write(nullptr, 0) == WriterEndpoint::Written::kAccepted);
			CHECK(reader.available() == 1);
		}
	}
	CHECK(descriptor_count() == before);
	CHECK(company.folder.empty());
}

LAW("a channel has one server, and a name is of one kind of channel at a time") {
	Company company;
	TestDuplex server(company.contract, Role::kServer);
	CHECK(TestDuplex(company.contract, Role::kServer).opened.code == Code::kExists);
	CHECK(company.writer().opened.code == Code::kMismatch);
	server.endpoint.leave();
	CHECK(TestDuplex(company.contract, Role::kServer).opened.ok());
	const TestReader& reader = company.reader();
	CHECK(reader.opened.ok());
	CHECK(TestDuplex(company.contract, Role::kServer).opened.code == Code::kMismatch);
	CHECK(TestDuplex(company.contract, Role::kClient).opened.code == Code::kMismatch);
}

LAW("a server refuses more clients than it may have, saying so, and goes on") {
	const Company company;
	TestDuplex server(company.contract, Role::kServer, 1);
	TestDuplex first(company.contract, Role::kClient);
	until({&server, &first}, [&] { return server.introductions.size() == 1; });
	TestDuplex second(company.contract, Role::kClient);
	until({&server, &second}, [&] { return second.log.count(Type::kError) == 1; });
	CHECK(second.log.last(Type::kError)->status.code == Code::kLimit);
	server.endpoint.connection_over();
	TestDuplex third(company.contract, Role::kClient);
	until({&server, &third}, [&] { return server.introductions.size() == 2; });
}
