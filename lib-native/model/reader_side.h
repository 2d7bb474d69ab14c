// The use of the core by a reader endpoint, without its sockets: a transcript of the steps of channel/reader/reader_endpoint.cc under
// the same names and in the same order (read_batch, commit, ring_for_space, something, lie_down, get_up, progress). A change of
// one file needs the same change in the other.
#pragma once

#include <optional>

#include "core/cursor.h"
#include "core/lane_reader.h"
#include "core/wake.h"
#include "model/doorbell.h"
#include "model/variables.h"

namespace ringwire::model {

template <rl::thread_id_t threads, int writers>
class ReaderSide {
public:
	struct Link {
		std::optional<LaneReader> lane;
		std::optional<CursorOwner> cursor;
		std::optional<Sleeper> sleeper;
		Bell bell;
		Doorbell<threads>* doorbell = nullptr; // the writer's
		uint64_t delivered_to = 0;
		bool in_batch = false; // it has a segment in the batch
		bool ended = false;
		unsigned rings = 0;
	};

	Link links[writers];
	Doorbell<threads> doorbell;
	unsigned sleeps = 0; // number of times that it made its epochs odd

	// Reads until all lanes have ended. Calls `deliver` with each message.
	template <typename Deliver>
	void read_all(Deliver deliver) {
		for (;;) {
			if (read_batch(deliver)) {
				continue;
			}
			if (finished()) {
				return;
			}
			wait();
		}
	}

private:
	template <typename Deliver>
	bool read_batch(Deliver deliver) {
		commit();
		bool any = false;
		for (int i = 0; i < writers; ++i) {
			Link& link = links[i];
			Message message{};
			ReadOutcome outcome = ReadOutcome::kEmpty;
			while ((outcome = link.lane->locate(message)) == ReadOutcome::kMessage) {
				const uint64_t sequence = link.lane->next();
				std::byte none{};
				require(link.lane->take(message, &none) == ReadOutcome::kMessage,
				        "an unread message is not overwritten");
				deliver(i, sequence);
				link.in_batch = true;
				any = true;
			}
			require(outcome == ReadOutcome::kEmpty, "no word of a correct writer is corrupt");
			if (!any) {
				const LaneReader::End end = link.lane->end();
				require(link.lane->refresh(), "every sequence of a correct writer is accepted");
				link.ended =
					link.ended || (end == LaneReader::End::kEnded && link.lane->next() == link.lane->published());
			}
		}
		return any;
	}
	bool finished() const {
		for (const Link& link : links) {
			if (!link.ended) {
				return false;
			}
		}
		return true;
	}

	void commit() {
		bool any = false;
		for (Link& link : links) {
			any = any || link.in_batch;
		}
		if (!any) {
			return;
		}
		if (mutated("reader: rings before it advances")) {
			ring_for_space();
		}
		for (Link& link : links) {
			if (link.in_batch) {
				link.delivered_to = link.lane->next();
				link.cursor->advance(link.delivered_to);
			}
		}
		if (!mutated("reader: rings before it advances")) {
			ring_for_space();
		}
		for (Link& link : links) {
			link.in_batch = false;
		}
	}
	void ring_for_space() {
		if (!mutated("reader: no fence after advancing")) {
			wake_fence();
		}
		for (Link& link : links) {
			if (!link.in_batch) {
				continue;
			}
			if (mutated("reader: does not record that it rang")) {
				link.bell = {};
			}
			uint64_t sequence = 0;
			const uint64_t epoch = link.lane->wanted(sequence);
			if (link.delivered_to >= sequence && link.bell.due(epoch)) {
				link.rings += 1;
				link.doorbell->ring();
			}
		}
	}

	bool something() {
		for (Link& link : links) {
			if (!link.lane->refresh() || link.lane->published() != link.lane->next() ||
			    (!link.ended && link.lane->end() != LaneReader::End::kOpen)) {
				return true;
			}
		}
		return false;
	}
	// begin_wait, then service until there is something to read.
	void wait() {
		commit();
		if (something() || !lie_down()) {
			return;
		}
		do {
			doorbell.sleep();
		} while (!progress());
	}
	bool progress() {
		if (!mutated("reader: drains after its epoch is even") && !mutated("reader: drains after its look")) {
			doorbell.drain();
		}
		if (!mutated("reader: leaves its epochs odd")) {
			get_up();
		}
		if (mutated("reader: drains after its epoch is even")) {
			doorbell.drain();
		}
		const bool found = something() || !lie_down();
		if (mutated("reader: drains after its look")) {
			doorbell.drain();
		}
		return found;
	}
	bool lie_down() {
		sleeps += up_ ? 1 : 0;
		up_ = false;
		for (Link& link : links) {
			link.sleeper->arm();
		}
		if (!mutated("reader: no fence before its second look")) {
			wake_fence();
		}
		if (!mutated("reader: no second look") && something()) {
			get_up();
			return false;
		}
		return true;
	}
	void get_up() {
		up_ = true;
		for (Link& link : links) {
			link.sleeper->disarm();
		}
	}

	bool up_ = true;
};

} // namespace ringwire::model
