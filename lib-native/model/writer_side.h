// The use of the core by a writer endpoint, without its sockets: a transcript of the steps of channel/writer/writer_endpoint.cc under
// the same names and in the same order (ring_sleepers, fits, refresh_tail, want_space, want_drained, arm, take_fulfilled,
// progress). A change of one file needs the same change in the other.
#pragma once

#include <optional>

#include "core/cursor.h"
#include "core/lane_writer.h"
#include "core/wake.h"
#include "model/doorbell.h"
#include "model/variables.h"

namespace ringwire::model {

template <rl::thread_id_t threads, int readers>
class WriterSide {
public:
	struct Link {
		std::optional<CursorView> cursor;
		Bell bell;
		Doorbell<threads>* doorbell = nullptr; // the reader's
		unsigned rings = 0;
	};

	std::optional<LaneWriter> lane;
	Link links[readers];
	Doorbell<threads> doorbell;
	unsigned sleeps = 0; // number of times that it made its epoch odd

	void write(const std::byte* message, uint32_t length, uint64_t send_time) {
		if (!fits(length)) {
			wait_space(length);
		}
		if (mutated("writer: rings before it publishes")) {
			ring_sleepers();
		}
		lane->put(message, length, send_time);
		lane->publish();
		if (!mutated("writer: rings before it publishes")) {
			ring_sleepers();
		}
	}
	void end() {
		lane->end();
		if (!mutated("writer: does not ring for the end")) {
			ring_sleepers();
		}
	}
	// Later waits serve this condition too.
	void want_drained() {
		wanted_drained_ = lane->published();
		if (drained()) {
			wanted_drained_.reset();
		}
		while (arm()) {
			take_fulfilled();
		}
	}
	void wait_drained() {
		want_drained();
		while (wanted_drained_) {
			sleep();
		}
	}

private:
	void ring_sleepers() {
		if (!mutated("writer: no fence after publishing")) {
			wake_fence();
		}
		for (Link& link : links) {
			if (mutated("writer: does not record that it rang")) {
				link.bell = {};
			}
			if (link.bell.due(link.cursor->asleep_epoch().load(std::memory_order_relaxed))) {
				link.rings += 1;
				link.doorbell->ring();
			}
		}
	}

	bool fits(uint64_t length) {
		if (lane->fits(tail_, length)) {
			return true;
		}
		refresh_tail();
		return lane->fits(tail_, length);
	}
	void refresh_tail() {
		uint64_t lowest = UINT64_MAX;
		for (Link& link : links) {
			require(link.cursor->refresh(lane->published()), "every sequence of a correct reader is accepted");
			lowest = std::min(lowest, link.cursor->sequence());
		}
		tail_ = std::max(tail_, lowest);
	}
	bool drained() {
		refresh_tail();
		return tail_ >= wanted_drained_.value_or(lane->published());
	}

	// want_space, then service until there is space. A condition that became true meanwhile is answered at once.
	void wait_space(uint64_t length) {
		wanted_space_ = length;
		while (arm()) {
			take_fulfilled();
		}
		while (wanted_space_) {
			sleep();
		}
	}
	void sleep() {
		doorbell.sleep();
		progress();
	}
	void progress() {
		if (!mutated("writer: drains after its epoch is even") && !mutated("writer: drains after its look")) {
			doorbell.drain();
		}
		if (!mutated("writer: leaves its epoch odd")) {
			lane->unwant();
			up_ = true;
		}
		if (mutated("writer: drains after its epoch is even")) {
			doorbell.drain();
		}
		take_fulfilled();
		while (arm()) {
			take_fulfilled();
		}
		if (mutated("writer: drains after its look")) {
			doorbell.drain();
		}
	}
	bool arm() {
		if (!wanted_space_ && !wanted_drained_) {
			lane->unwant();
			up_ = true;
			return false;
		}
		uint64_t helpful = UINT64_MAX;
		if (wanted_space_) {
			helpful = lane->tail_worth_waking_for(tail_, *wanted_space_);
		}
		if (wanted_drained_) {
			helpful = std::min(helpful, *wanted_drained_);
		}
		sleeps += up_ ? 1 : 0;
		up_ = false;
		lane->want(helpful);
		if (!mutated("writer: no fence before its second look")) {
			wake_fence();
		}
		if (mutated("writer: no second look") ||
		    (!(wanted_space_ && fits(*wanted_space_)) && !(wanted_drained_ && drained()))) {
			return false;
		}
		lane->unwant();
		up_ = true;
		return true;
	}
	void take_fulfilled() {
		if (wanted_space_ && fits(*wanted_space_)) {
			wanted_space_.reset();
		}
		if (wanted_drained_ && drained()) {
			wanted_drained_.reset();
		}
	}

	std::optional<uint64_t> wanted_space_;
	std::optional<uint64_t> wanted_drained_;
	uint64_t tail_ = 0;
	bool up_ = true;
};

} // namespace ringwire::model
