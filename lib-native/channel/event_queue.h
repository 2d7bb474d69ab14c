// The events of an endpoint that have not been taken yet, oldest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "channel/event.h"

namespace ringwire {

class EventQueue {
public:
	[[nodiscard]] bool empty() const { return events_.empty(); }
	[[nodiscard]] size_t size() const { return events_.size(); }
	void push(Event event) { events_.push_back(std::move(event)); }
	void push_error(const Peer& peer, Status status) { push({Event::Type::kError, peer, {}, 0, std::move(status)}); }
	// Consecutive losses are merged, so that a reader that is lapped all the time does not fill the memory with events.
	void push_loss(const Peer& peer, uint64_t count) {
		if (!events_.empty() && events_.back().type == Event::Type::kLost && events_.back().peer.id == peer.id) {
			events_.back().count += count;
		} else {
			push({Event::Type::kLost, peer, {}, count, {}});
		}
	}
	// The oldest; false: there is none.
	[[nodiscard]] bool take(Event& event) {
		if (events_.empty()) {
			return false;
		}
		event = std::move(events_.front());
		events_.pop_front();
		return true;
	}

private:
	std::deque<Event> events_;
};

} // namespace ringwire
