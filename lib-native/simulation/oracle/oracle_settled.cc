// The conditions that become true when nothing disturbs the life any more.
#include "simulation/oracle/oracle.h"

namespace ringwire::simulation {

using simulated::scheduler;

// A shutdown reaches every endpoint that was open when it was called. An endpoint whose backlog is full, or for which the caller has no
// handle or memory, is told later, unless the caller leaves first.
std::string Oracle::missing_shutdown() const {
	for (const EndpointRecord* caller : endpoints_) {
		const bool may_fail = plan_->has_small_backlogs() || plan_->has_shortages();
		if (caller->shutdown.end == kNotYet || ((caller->left || !alive(*caller)) && may_fail)) {
			continue;
		}
		for (const EndpointRecord* other : endpoints_) {
			if (alive(*other) && !other->over && other->open.end < caller->shutdown.begin) {
				return other->name + " does not know of the shutdown by " + caller->name;
			}
		}
	}
	return {};
}

std::string Oracle::missed_wake() const {
	const auto sleeps = [this](const EndpointRecord& record) {
		return alive(record) && record.waits && !record.over && record.process->in_wait &&
		       record.process->stopped_until <= scheduler().now();
	};
	for (const WriterRecord& writer : writers_) {
		if (!sleeps(writer) || plan_->contract.overflow != Overflow::kBlock) {
			continue;
		}
		uint64_t readers = 0;
		bool all_read = true;
		for (const ReaderRecord& reader : readers_) {
			// A handshake may hold the lane back, whatever has become of the reader.
			const auto found = reader.intakes.find(writer.index);
			const bool was_connected = found != reader.intakes.end() && found->second.connected;
			const bool connected = was_connected && !found->second.departed;
			all_read = all_read && (was_connected || reader.open.begin == kNotYet);
			if (connected && reader.holds_back) {
				readers += 1;
				all_read =
					all_read && sleeps(reader) && found->second.start_known && found->second.next() == writer.accepted;
			}
		}
		if (readers > 0 && all_read) {
			return writer.name + " sleeps, though " + number(readers) + " readers have read everything";
		}
	}
	return {};
}

std::string Oracle::unsettled() const {
	for (const EndpointRecord* record : endpoints_) {
		if (record->process->alive() && !record->script_done) {
			return record->name + " has not finished its program";
		}
	}
	for (const ReaderRecord& reader : readers_) {
		if (!alive(reader) || reader.over || reader.ended) {
			continue;
		}
		for (const WriterRecord& writer : writers_) {
			if (!alive(writer) || writer.over) {
				continue;
			}
			const auto found = reader.intakes.find(writer.index);
			if (found == reader.intakes.end() || !found->second.connected || found->second.departed) {
				return reader.name + " is not linked with " + writer.name;
			}
			const Intake& intake = found->second;
			if (intake.start_known && intake.next() != writer.accepted) {
				return reader.name + " has " + number(intake.next()) + " of " + number(writer.accepted) +
				       " messages of " + writer.name;
			}
		}
	}
	return {};
}

std::string Oracle::unended() const {
	for (const ReaderRecord& reader : readers_) {
		if (!alive(reader) || reader.over || reader.ended ||
		    reader.plan->reader.options.until.kind == EndRule::Kind::kClosed) {
			continue;
		}
		uint64_t met = 0;
		uint64_t ended = 0;
		for (const auto& [index, intake] : reader.intakes) {
			met += intake.connections;
			ended += writers_[index].end_call.end != kNotYet ? 1 : 0;
		}
		const EndRule& until = reader.plan->reader.options.until;
		const bool due = until.kind == EndRule::Kind::kEnded ? met > 0 && ended == met : ended >= until.writers;
		if (due) {
			return reader.name + " does not end, though " + number(ended) + " writers have";
		}
	}
	return {};
}

} // namespace ringwire::simulation
