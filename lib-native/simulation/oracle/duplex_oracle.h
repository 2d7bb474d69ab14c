// Checks a life of servers and clients. Every client sends numbered messages, and the server writes each one back, once and in order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "channel/event.h"
#include "platform/simulated/scheduler.h"
#include "simulation/oracle/oracle.h"
#include "simulation/plan.h"

namespace ringwire::simulation {

// A server or a client of one process.
struct PartyRecord {
	size_t index = 0;
	const ActorPlan* plan = nullptr;
	simulated::Process* process = nullptr;
	std::string name;
	bool script_done = false;
};

struct ServerRecord : PartyRecord {
	uint64_t id = 0;
	Interval open;
	bool opened = false;
	bool left = false;
	uint64_t introduced = 0; // clients
	uint64_t over = 0;       // of these, whose connection is over
};

struct ClientRecord : PartyRecord {};

// One end of a connection: a writer and a reader.
struct SideRecord {
	bool opened = false;
	bool left = false;
	bool failed_leave = false;     // without a goodbye
	bool calls_shutdown = false;   // its own call has begun
	bool told_of_shutdown = false; // or has called it
	bool writer_linked = false;
	bool reader_linked = false;
	bool writer_gone = false; // it was told that the peer is gone
	bool reader_gone = false;
	bool ended = false;        // its writer has called end
	bool reader_ended = false; // its reader has got the end
	uint64_t attempted = 0;
	uint64_t accepted = 0;
	uint64_t taken = 0;
	[[nodiscard]] bool linked() const { return writer_linked && reader_linked; }
};

// One endpoint of a client, and the connection that it gets.
struct AttemptRecord {
	size_t index = 0;
	ClientRecord* client = nullptr;
	ServerRecord* server = nullptr; // null: it is not introduced
	uint64_t id = 0;
	std::string name;
	bool opened = false;
	bool left = false; // its endpoint, which is not needed for the connection
	bool introduced = false;
	bool refused = false;
	bool timed_out = false;
	std::array<SideRecord, 2> sides; // at the client, at the server
	[[nodiscard]] SideRecord& at(Role role) { return sides[role == Role::kServer ? 1 : 0]; }
	[[nodiscard]] const SideRecord& at(Role role) const { return sides[role == Role::kServer ? 1 : 0]; }
	[[nodiscard]] const PartyRecord& party(Role role) const {
		return role == Role::kServer ? static_cast<const PartyRecord&>(*server) : *client;
	}
};

class DuplexOracle {
public:
	// It must live longer.
	explicit DuplexOracle(Oracle& oracle) : oracle_(oracle) {}
	void reset(const LifePlan& plan);

	[[nodiscard]] ServerRecord& add_server(const ActorPlan& plan, simulated::Process& process);
	[[nodiscard]] ClientRecord& add_client(const ActorPlan& plan, simulated::Process& process);

	void begin_open(ServerRecord& server, uint64_t id);
	void end_open(ServerRecord& server, const Status& status);
	[[nodiscard]] AttemptRecord& begin_attempt(ClientRecord& client, uint64_t id);
	void end_open(AttemptRecord& attempt, const Status& status);
	void saw(ServerRecord& server, const Event& event);
	void saw(AttemptRecord& attempt, const Event& event);
	// Null: there is no such client.
	[[nodiscard]] AttemptRecord* find(const Peer& client);
	// The server's side. A client that has given up its handshake with a silent server tries again, and the server gets the former connection too.
	void opened(ServerRecord& server, AttemptRecord& attempt);
	void opened(AttemptRecord& attempt, const Peer& server);
	// A connection could not be opened.
	void not_opened(const PartyRecord& party, const Status& status);
	// A client was told of a connection, and there is none.
	void no_connection(const AttemptRecord& attempt) { violate("event", attempt.name + " has no connection"); }

	// `role`: the side.
	void saw(AttemptRecord& attempt, Role role, bool by_writer, const Event& event);
	void begin_write(AttemptRecord& attempt, Role role);
	void end_write(AttemptRecord& attempt, Role role, bool accepted);
	void took(AttemptRecord& attempt, Role role, const std::byte* message, size_t length);
	static void begin_shutdown(AttemptRecord& attempt, Role role);
	static void begin_leave(AttemptRecord& attempt, Role role, bool fails);

	[[nodiscard]] bool scripts_done() const;
	// Why the life is not settled yet; empty: it is.
	[[nodiscard]] std::string unsettled() const;
	// As `unsettled`, after every client has called end().
	[[nodiscard]] std::string unended() const;

private:
	void violate(const std::string& law, const std::string& what) { oracle_.violate(law, what); }
	[[nodiscard]] std::string side_name(const AttemptRecord& attempt, Role role) const;
	[[nodiscard]] bool is_dead(const AttemptRecord& attempt, Role role) const;
	[[nodiscard]] bool some_silence() const;
	void saw_disconnect(AttemptRecord& attempt, Role role, bool by_writer, const Event& event);
	void saw_end(AttemptRecord& attempt, Role role);
	void saw_error(const PartyRecord& party, const std::string& name, const Event& event, bool may_be_full);
	[[nodiscard]] std::string unsettled(const AttemptRecord& attempt) const;
	[[nodiscard]] std::string unnoticed(const AttemptRecord& attempt, Role role) const;

	Oracle& oracle_;
	const LifePlan* plan_ = nullptr;
	std::deque<ServerRecord> servers_;
	std::deque<ClientRecord> clients_;
	std::deque<AttemptRecord> attempts_;
};

} // namespace ringwire::simulation
