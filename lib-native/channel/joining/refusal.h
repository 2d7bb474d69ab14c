// The refusal that leaves an endpoint without a peer to link with: it is reported once, until a link opens again, so that a
// caller which waits for a peer is not left waiting for one that has refused it.
#pragma once

#include <cstdint>
#include <utility>

#include "channel/event.h"

namespace ringwire {

class Refusal {
public:
	// The codes of peers that do not fit together, or of which one lacks a resource.
	[[nodiscard]] static bool is_one(Code code) {
		return code == Code::kMismatch || code == Code::kVersion || code == Code::kAccess || code == Code::kLimit;
	}
	// A peer has refused this endpoint, or has been refused. True: it is to be judged soon whether that was the last hope.
	bool note(const Peer& peer, const Status& status) {
		if (state_ == State::kReported || !is_one(status.code)) {
			return false;
		}
		state_ = State::kNoted;
		peer_ = peer;
		status_ = status;
		return true;
	}
	[[nodiscard]] bool noted() const { return state_ == State::kNoted; }
	// No peer is left to link with.
	[[nodiscard]] Event report() {
		state_ = State::kReported;
		return {Event::Type::kRefused, peer_, {}, 0, std::move(status_)};
	}
	void link_opened() { state_ = State::kNone; }

private:
	enum class State : uint8_t { kNone, kNoted, kReported };

	State state_ = State::kNone;
	Peer peer_;
	Status status_;
};

} // namespace ringwire
