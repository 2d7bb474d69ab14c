// The identity of an endpoint on its channel, and how far its life has come. All parts of the endpoint share it.
#pragma once

#include <cstdint>

#include "channel/contract.h"
#include "core/status.h"
#include "platform/clock.h"
#include "platform/fork.h"

namespace ringwire {

class Membership {
public:
	Membership(const Contract& contract, Role role)
		: contract(contract), role(role), id(random_u64() | 1), born(monotonic_nanos()) {}

	// The channel was shut down, for this endpoint too, or the endpoint has left.
	[[nodiscard]] bool over() const { return life_ != Life::kOpen || !opener_.is_of_this_process(); }
	// Also in a child of its process by fork. Every public function of an endpoint checks it before it uses a handle or shared memory.
	[[nodiscard]] bool left() const { return life_ == Life::kLeft || !opener_.is_of_this_process(); }
	// For the functions that open an endpoint, which has not left yet.
	[[nodiscard]] Status check_process() const {
		return opener_.is_of_this_process()
		           ? Status{}
		           : Status::failure(
						 Code::kClosed,
						 "the endpoint belongs to the process that has forked this one, which must open its own");
	}
	void shut_down() { life_ = Life::kShutDown; }
	void leave() { life_ = Life::kLeft; }

	const Contract contract;
	const Role role;
	const uint64_t id;   // random, of this endpoint's life
	const uint64_t born; // when it was opened, by the clock that all processes share

private:
	enum class Life : uint8_t { kOpen, kShutDown, kLeft };

	const ProcessMark opener_;
	Life life_ = Life::kOpen;
};

} // namespace ringwire
