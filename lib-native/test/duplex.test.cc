// Servers, clients, and their introduction.
#include "platform/clock.h"
#include "test/duplex_company.h"
#include "test/held_lock.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

} // namespace

LAW("a server and a client are introduced once, in either order of opening") {
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
		// Long enough for another attempt, if there were one.
		const uint64_t enough = monotonic_nanos() + 3 * kConnectRetryNanos;
		until({server.get(), &client}, [&] { return monotonic_nanos() > enough; });
		CHECK(server->introductions.size() == 1 && client.introductions.size() == 1);
		CHECK(server->log.count(Type::kConnect) == 1 && server->log.events.size() == 1);
		CHECK(client.log.count(Type::kConnect) == 1 && client.log.events.size() == 1);
	}
}

LAW("a channel has one server, and a name is of one kind of channel at a time") {
	Company company;
	TestDuplex server(company.contract, Role::kServer);
	const Status exists = TestDuplex(company.contract, Role::kServer).opened;
	CHECK(exists.code == Code::kExists);
	CHECK(exists.message.find("process " + std::to_string(own_credentials().process)) != std::string::npos);
	CHECK(company.labels().size() == 1);
	CHECK(exists.message.find(company.labels()[0].substr(7)) != std::string::npos);
	CHECK(company.writer().opened.code == Code::kMismatch);
	server.endpoint.leave();
	CHECK(TestDuplex(company.contract, Role::kServer).opened.ok());
	const TestReader& reader = company.reader();
	CHECK(reader.opened.ok());
	CHECK(TestDuplex(company.contract, Role::kServer).opened.code == Code::kMismatch);
	CHECK(TestDuplex(company.contract, Role::kClient).opened.code == Code::kMismatch);
}

LAW("a server refuses a client beyond its limit with the reason, and continues") {
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

LAW("a client that left before a busy server accepted it takes no place and emits no event") {
	const Company company;
	TestDuplex server(company.contract, Role::kServer, 1);
	for (int i = 0; i < 3; ++i) {
		TestDuplex gone(company.contract, Role::kClient);
		gone.meet();
	}
	TestDuplex client(company.contract, Role::kClient);
	until({&server, &client}, [&] { return !client.introductions.empty() && !server.introductions.empty(); });
	CHECK(server.introductions.size() == 1 && server.log.count(Type::kError) == 0);
	CHECK(client.log.count(Type::kError) == 0);
}

LAW("a server and its clients find each other while another process holds the lock") {
	const Company company;
	const HeldLock lock(company.contract);
	REQUIRE(lock.held());
	TestDuplex server(company.contract, Role::kServer);
	REQUIRE(server.opened.ok());
	TestDuplex client(company.contract, Role::kClient);
	until({&server, &client}, [&] { return !client.introductions.empty() && !server.introductions.empty(); });
	CHECK(server.introductions.size() == 1 && client.log.count(Type::kError) == 0);
}
