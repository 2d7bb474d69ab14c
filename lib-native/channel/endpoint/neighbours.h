// The endpoints of one thread. While one of them blocks the thread, the others go on serving joins, leaves and deaths, so
// that a process which waits for us at another channel is not kept waiting by us.
#pragma once

#include <cstdint>
#include <set>

#include "platform/wait_group.h"

namespace ringwire {

class Endpoint;

class Neighbours {
public:
	void add(Endpoint& endpoint);
	void remove(Endpoint& endpoint);
	// Waits until any endpoint has something to do, at most so long (WaitSet::kForever), and does it for all but `waiting`.
	// False: it cannot wait for all together, as the kernel lacks something for that at the moment.
	[[nodiscard]] bool wait(const Endpoint& waiting, int64_t timeout_nanos);
	// The wait is over: the next `service` of the others answers what was found out for them, and comes soon.
	void release();

private:
	[[nodiscard]] bool watching();
	[[nodiscard]] bool let_in_again(const Endpoint& waiting);
	void serve(Endpoint& endpoint);

	// Not by address: a life of the simulation is to be repeatable.
	struct ById {
		bool operator()(const Endpoint* one, const Endpoint* other) const;
	};
	using Endpoints = std::set<Endpoint*, ById>;

	Endpoints endpoints_;
	Endpoints served_;
	Endpoints left_out_; // of the group: their events were not taken for too long
	WaitGroup group_;    // from the first wait on: most threads never block
	bool watching_ = false;
};

} // namespace ringwire
