// The descriptors of servers and clients: those of a connection, a lack of them, and those that a client invents.
#include <algorithm>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "test/duplex_company.h"
#include "test/impostor.h"
#include "test/linux/descriptor_limit.h"

using namespace ringwire;

using Type = Event::Type;

LAW("an introduced connection carries messages both ways after its introducers have left") {
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
			CHECK(writer.open_on(ends[from]->to_peer, ends[from]->peer).ok());
			CHECK(reader.open_on(ends[1 - from]->from_peer, ends[1 - from]->peer).ok());
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

LAW("a connection with one direction that cannot be opened leaves nothing open, and the peer sees it close") {
	unsigned failed = 0;
	for (unsigned spare = 0;; ++spare) {
		const Company company;
		TestDuplex server(company.contract, Role::kServer);
		TestDuplex client(company.contract, Role::kClient);
		until({&server, &client}, [&] { return !server.introductions.empty() && !client.introductions.empty(); });
		const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
		Connection there;
		REQUIRE(client.endpoint.open_connection(std::move(client.introductions[0]), geometry, {}, there).ok());
		const size_t before = descriptor_count();
		Connection here;
		Status status;
		{
			const DescriptorLimit limit(spare);
			status = server.endpoint.open_connection(std::move(server.introductions[0]), geometry, {}, here);
		}
		if (status.ok()) {
			break;
		}
		failed += 1;
		CHECK(status.code == Code::kLimit);
		CHECK(here.writer == nullptr && here.reader == nullptr);
		CHECK(descriptor_count() <= before);
		Event event;
		for (Endpoint* endpoint :
		     {static_cast<Endpoint*>(there.writer.get()), static_cast<Endpoint*>(there.reader.get())}) {
			while (!endpoint->take_event(event)) {
				(void)endpoint->service();
			}
			CHECK(event.type == Type::kDisconnect);
		}
	}
	CHECK(failed > 4); // at several steps of both directions
}

LAW("a server short of descriptors for its clients emits one error, whichever step fails, and takes clients again "
    "later") {
	const Company company;
	TestDuplex server(company.contract, Role::kServer, 1);
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	const auto introduce = [&](TestDuplex& client) {
		while (server.log.count(Type::kConnect) == 0 || client.introductions.empty()) {
			server.serve();
			client.meet();
		}
		server.log.events.erase(std::remove_if(server.log.events.begin(), server.log.events.end(),
		                                       [](const Event& event) { return event.type == Type::kConnect; }),
		                        server.log.events.end());
	};
	for (unsigned spare = 0; spare < 6; ++spare) {
		TestDuplex client(company.contract, Role::kClient);
		introduce(client);
		Connection connection;
		{
			const DescriptorLimit limit(spare);
			CHECK(server.endpoint.take_connection(geometry, {}, connection).ok());
		}
		CHECK(connection.writer == nullptr && connection.reader == nullptr);
		server.serve();
	}
	CHECK(server.log.count(Type::kError) == 1 && server.log.last(Type::kError)->status.code == Code::kLimit);
	TestDuplex client(company.contract, Role::kClient);
	introduce(client);
	Connection connection;
	CHECK(server.endpoint.take_connection(geometry, {}, connection).ok() && connection.writer != nullptr);
}

LAW("a client's hello with a handle that is no link is refused, and is no connection") {
	Company company;
	TestDuplex server(company.contract, Role::kServer, 1);
	int pair[2];
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	const HandleOwner stream(pair[0]);
	const HandleOwner stream_end(pair[1]);
	const HandleOwner alone(socket(AF_UNIX, SOCK_SEQPACKET, 0));
	const HandleOwner file(open(company.folder.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	const HandleOwner memory(memfd_create("hostile", MFD_CLOEXEC));
	const size_t before = descriptor_count();
	for (const HandleOwner* handle : {&stream, &alone, &file, &memory}) {
		REQUIRE(handle->held());
		Impostor impostor(company, Role::kServer);
		const size_t errors = server.log.count(Type::kError);
		impostor.say_hello(impostor.hello());
		impostor.hand_over(handle->get());
		until({&server}, [&] { return server.log.count(Type::kError) > errors || !server.introductions.empty(); });
		CHECK(impostor.refused() == Code::kCorrupt);
		CHECK(impostor.cut_off());
	}
	CHECK(descriptor_count() == before);
	CHECK(server.introductions.empty() && server.log.count(Type::kConnect) == 0);
	CHECK(server.log.count(Type::kError) == 4 && server.log.last(Type::kError)->status.code == Code::kCorrupt);
	TestDuplex client(company.contract, Role::kClient); // the server has room for one
	until({&server, &client}, [&] { return server.introductions.size() == 1; });
}
