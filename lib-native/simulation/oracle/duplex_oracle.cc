#include "simulation/oracle/duplex_oracle.h"

#include <algorithm>

#include "platform/simulated/heap.h"

namespace ringwire::simulation {

using simulated::Heap;

namespace {

bool lives(const PartyRecord& party) {
	return party.process->alive() && !party.process->killed;
}
bool is_excused(const PartyRecord& party) {
	return party.process->had_shortage;
}
constexpr Role kSides[] = {Role::kClient, Role::kServer};

} // namespace

void DuplexOracle::reset(const LifePlan& plan) {
	plan_ = &plan;
	servers_.clear();
	clients_.clear();
	attempts_.clear();
}

ServerRecord& DuplexOracle::add_server(const ActorPlan& plan, simulated::Process& process) {
	const Heap::Outside outside;
	ServerRecord& record = servers_.emplace_back();
	record.index = servers_.size() - 1;
	record.plan = &plan;
	record.process = &process;
	record.name = "server " + number(record.index) + " of process " + number(process.id);
	return record;
}

ClientRecord& DuplexOracle::add_client(const ActorPlan& plan, simulated::Process& process) {
	const Heap::Outside outside;
	ClientRecord& record = clients_.emplace_back();
	record.index = clients_.size() - 1;
	record.plan = &plan;
	record.process = &process;
	record.name = "client " + number(record.index) + " of process " + number(process.id);
	return record;
}

std::string DuplexOracle::side_name(const AttemptRecord& attempt, Role role) const {
	return role == Role::kClient ? attempt.name : "the server's side of " + attempt.name;
}

bool DuplexOracle::some_silence() const {
	const auto silent = [](const PartyRecord& party) { return was_silent(*party.process); };
	return std::any_of(servers_.begin(), servers_.end(), silent) ||
	       std::any_of(clients_.begin(), clients_.end(), silent);
}

// --- Opening

void DuplexOracle::begin_open(ServerRecord& server, uint64_t id) {
	server.id = id;
	server.open = {oracle_.now(), kNotYet};
}

void DuplexOracle::end_open(ServerRecord& server, const Status& status) {
	const Heap::Outside outside;
	server.open.end = oracle_.now();
	server.opened = status.ok();
	const auto is_there = [&server](const ServerRecord& other) {
		return &other != &server && other.opened && !other.left && lives(other);
	};
	if (status.ok()) {
		const auto other = std::find_if(servers_.begin(), servers_.end(), is_there);
		if (other != servers_.end()) {
			violate("one-server", server.name + " listens beside " + other->name);
		}
		return;
	}
	// Two that open at the same time may both find the other one.
	const bool has_other = std::any_of(servers_.begin(), servers_.end(), [&](const ServerRecord& other) {
		return &other != &server && other.open.begin != kNotYet;
	});
	if (!(status.code == Code::kExists && has_other) && !is_excused(server)) {
		violate("open", server.name + " cannot be opened: " + status.message);
	}
}

AttemptRecord& DuplexOracle::begin_attempt(ClientRecord& client, uint64_t id) {
	const Heap::Outside outside;
	AttemptRecord& attempt = attempts_.emplace_back();
	attempt.index = attempts_.size() - 1;
	attempt.client = &client;
	attempt.id = id;
	attempt.name = "attempt " + number(attempt.index) + " of " + client.name;
	return attempt;
}

void DuplexOracle::end_open(AttemptRecord& attempt, const Status& status) {
	const Heap::Outside outside;
	attempt.opened = status.ok();
	if (!status.ok() && !is_excused(*attempt.client)) {
		violate("open", attempt.name + " cannot be opened: " + status.message);
	}
}

void DuplexOracle::saw(ServerRecord& server, const Event& event) {
	const Heap::Outside outside;
	note_event(event, server.name);
	if (event.type == Event::Type::kConnect) {
		server.introduced += 1;
		if (server.introduced - server.over > server.plan->duplex.clients_max && !is_excused(server)) {
			violate("clients-max", server.name + " has " + number(server.introduced - server.over) + " clients, and " +
			                           number(server.plan->duplex.clients_max) + " are allowed");
		}
	} else if (event.type == Event::Type::kError) {
		saw_error(server, server.name, event, clients_.size() > server.plan->duplex.clients_max);
	} else {
		violate("event", server.name + " has an event of type " + number(static_cast<uint64_t>(event.type)));
	}
}

void DuplexOracle::saw(AttemptRecord& attempt, const Event& event) {
	const Heap::Outside outside;
	note_event(event, attempt.name);
	if (event.type == Event::Type::kConnect) {
		if (attempt.introduced) {
			violate("event", attempt.name + " was introduced twice");
		}
		attempt.introduced = true;
	} else if (event.type == Event::Type::kError) {
		attempt.refused = true;
		// Clients that have gone may still have their places.
		const bool may_be_full = std::any_of(servers_.begin(), servers_.end(), [this](const ServerRecord& server) {
			return server.opened && attempts_.size() > server.plan->duplex.clients_max;
		});
		saw_error(*attempt.client, attempt.name, event, may_be_full);
	} else {
		violate("event", attempt.name + " has an event of type " + number(static_cast<uint64_t>(event.type)));
	}
}

void DuplexOracle::saw_error(const PartyRecord& party, const std::string& name, const Event& event, bool may_be_full) {
	const bool excused = plan_->has_shortages();
	bool expected = false;
	if (event.status.code == Code::kLimit) {
		expected = may_be_full || excused || is_excused(party);
	} else if (event.status.code == Code::kTimeout) {
		expected = excused || some_silence();
	}
	if (!expected) {
		violate("error", name + " has an error event: " + code_name(event.status.code) + ", " + event.status.message);
	}
}

AttemptRecord* DuplexOracle::find(const Peer& client) {
	const auto found = std::find_if(attempts_.begin(), attempts_.end(),
	                                [&client](const AttemptRecord& attempt) { return attempt.id == client.id; });
	return found == attempts_.end() ? nullptr : &*found;
}

void DuplexOracle::opened(ServerRecord& server, AttemptRecord& attempt) {
	const Heap::Outside outside;
	SideRecord& side = attempt.at(Role::kServer);
	if (side.opened && !some_silence() && !plan_->has_shortages()) {
		violate("event", server.name + " has two connections with " + attempt.name);
	}
	if (attempt.server != nullptr && attempt.server != &server) {
		violate("event", attempt.name + " has connections with two servers");
	}
	attempt.server = &server;
	side = {};
	side.opened = true;
}

void DuplexOracle::opened(AttemptRecord& attempt, const Peer& server) {
	const Heap::Outside outside;
	const auto found = std::find_if(servers_.begin(), servers_.end(),
	                                [&server](const ServerRecord& other) { return other.id == server.id; });
	if (found == servers_.end() || (attempt.server != nullptr && attempt.server != &*found)) {
		violate("event", attempt.name + " has a connection with a server that there is not");
		return;
	}
	attempt.server = &*found;
	attempt.at(Role::kClient).opened = true;
}

void DuplexOracle::not_opened(const PartyRecord& party, const Status& status) {
	const Heap::Outside outside;
	if (!is_excused(party)) {
		violate("open", party.name + " cannot open a connection: " + status.message);
	}
}

// --- The conditions of a settled life

bool DuplexOracle::scripts_done() const {
	const auto done = [](const PartyRecord& party) { return party.script_done || !party.process->alive(); };
	return !(servers_.empty() && clients_.empty()) && std::all_of(servers_.begin(), servers_.end(), done) &&
	       std::all_of(clients_.begin(), clients_.end(), done);
}

bool DuplexOracle::is_dead(const AttemptRecord& attempt, Role role) const {
	return attempt.server == nullptr || !lives(attempt.party(role)) || attempt.at(role).left;
}

std::string DuplexOracle::unnoticed(const AttemptRecord& attempt, Role role) const {
	const SideRecord& side = attempt.at(role);
	const SideRecord& other = attempt.at(opposite(role));
	if (!side.opened || is_dead(attempt, role) || side.writer_gone || side.reader_gone || side.told_of_shutdown) {
		return {};
	}
	// A side that is not open yet is opened, or its process ends.
	if (other.opened && is_dead(attempt, opposite(role))) {
		return side_name(attempt, role) + " does not know that the other side is gone";
	}
	return other.calls_shutdown ? side_name(attempt, role) + " does not know of the shutdown" : std::string();
}

std::string DuplexOracle::unsettled(const AttemptRecord& attempt) const {
	for (const Role role : kSides) {
		std::string why = unnoticed(attempt, role);
		if (!why.empty()) {
			return why;
		}
	}
	const SideRecord& client = attempt.at(Role::kClient);
	const SideRecord& server = attempt.at(Role::kServer);
	if (!lives(*attempt.client)) {
		return {};
	}
	if (attempt.opened && !attempt.left && !attempt.introduced && !attempt.refused) {
		const auto server_lives = [](const ServerRecord& other) { return other.opened && !other.left && lives(other); };
		return std::any_of(servers_.begin(), servers_.end(), server_lives)
		           ? attempt.name + " is neither connected with the server nor refused"
		           : std::string();
	}
	if (!client.opened || client.left || client.writer_gone || client.reader_gone || client.told_of_shutdown) {
		return {};
	}
	if (!client.linked() || (server.opened && !server.linked())) {
		return attempt.name + " is not linked with its server";
	}
	if (client.taken != client.accepted) {
		return attempt.name + " has " + number(client.taken) + " answers to " + number(client.accepted) + " messages";
	}
	return {};
}

std::string DuplexOracle::unsettled() const {
	for (const ServerRecord& server : servers_) {
		if (server.process->alive() && !server.script_done) {
			return server.name + " has not finished its program";
		}
	}
	for (const ClientRecord& client : clients_) {
		if (client.process->alive() && !client.script_done) {
			return client.name + " has not finished its program";
		}
	}
	for (const AttemptRecord& attempt : attempts_) {
		std::string why = unsettled(attempt);
		if (!why.empty()) {
			return why;
		}
	}
	return {};
}

std::string DuplexOracle::unended() const {
	for (const AttemptRecord& attempt : attempts_) {
		for (const Role role : kSides) {
			const SideRecord& side = attempt.at(role);
			if (side.opened && !is_dead(attempt, role)) {
				return side_name(attempt, role) + " does not end";
			}
		}
	}
	return {};
}

} // namespace ringwire::simulation
