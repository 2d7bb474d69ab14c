#include "simulation/actors/actors.h"

#include <algorithm>

#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::kNever;
using simulated::scheduler;

uint64_t newest_id() {
	return kernel().owner().drawn.back() | 1;
}

void EndpointActor::opened(const Status& status) {
	world_.oracle->end_open(record(), status);
	scheduler().note("    open: %s", status.ok() ? "ok" : status.message.c_str());
	if (!status.ok()) {
		record().script_done = true;
		destroy();
		state_ = State::kGone;
		return;
	}
	state_ = State::kOpen;
	if (neighbours_ != nullptr) {
		neighbours_->add(endpoint());
		endpoint().live_among(*neighbours_);
	}
	watched_ = loop_.add(endpoint().wait_set(), static_cast<Served*>(this));
	take_events();
}

bool EndpointActor::turn(uint64_t now) {
	if (state_ == State::kClosed) {
		if (world_.phase != Phase::kScript) {
			record().script_done = true;
			state_ = State::kGone; // too late
			return false;
		}
		if (timer_ == 0) {
			timer_ = now + plan_.open_after_nanos;
		}
		if (timer_ > now) {
			return false;
		}
		timer_ = 0;
		scheduler().note("    opens %s", record().name.c_str());
		open();
		return true;
	}
	if (state_ == State::kGone) {
		timer_ = 0;
		return false;
	}
	if (!watched_) {
		watched_ = loop_.add(endpoint().wait_set(), static_cast<Served*>(this));
		serve();
		if (state_ == State::kGone) {
			return false;
		}
	}
	if (world_.phase == Phase::kLeave) {
		leave(false);
		return false;
	}
	if (!computed_) {
		computed_ = true;
		compute(world_, plan_.compute_nanos);
		return true;
	}
	const bool more = act(now);
	if (!watched_ && !more && state_ == State::kOpen) {
		timer_ = now + kRetryNanos;
	}
	return more;
}

void EndpointActor::serve() {
	if (state_ != State::kOpen) {
		return;
	}
	const uint32_t wake = endpoint().service();
	take_events();
	woken(wake);
}

void EndpointActor::take_events() {
	Event event;
	while (endpoint().take_event(event)) {
		world_.links += event.type == Event::Type::kConnect ? 1 : 0;
		world_.oracle->saw(record(), event);
	}
}

void EndpointActor::leave(bool fails) {
	scheduler().note("    %s leaves%s", record().name.c_str(), fails ? " without a goodbye" : "");
	world_.oracle->begin_leave(record(), fails);
	const uint64_t waited = kernel().owner().waited_nanos;
	endpoint().leave(!fails);
	world_.oracle->end_leave(record(), kernel().owner().waited_nanos - waited);
	record().script_done = true;
	if (watched_) {
		loop_.remove(endpoint().wait_set());
	}
	if (neighbours_ != nullptr) {
		neighbours_->remove(endpoint());
	}
	destroy();
	state_ = State::kGone;
	timer_ = 0;
}

void EndpointActor::shut_down() {
	scheduler().note("    %s calls shutdown", record().name.c_str());
	world_.oracle->begin_shutdown(record());
	endpoint().shutdown();
	world_.oracle->end_shutdown(record());
}

void compute(const World& world, uint64_t nanos) {
	if (nanos != 0 && world.phase == Phase::kScript) {
		kernel().owner().silent_nanos += nanos;
		scheduler().point("computes", 40, nanos);
		scheduler().sleep(nanos);
	}
}

static auto* maker_of(Role role) {
	switch (role) {
	case Role::kWriter:
		return make_writer;
	case Role::kReader:
		return make_reader;
	case Role::kServer:
		return make_server;
	case Role::kClient:
		break;
	}
	return make_client;
}

void run_process(World& world, const ProcessPlan& plan) {
	WaitGroup loop;
	while (!loop.open().ok()) {
		scheduler().sleep(kRetryNanos);
	}
	Neighbours neighbours;
	std::vector<std::unique_ptr<Actor>> actors;
	for (const ActorPlan& actor : plan.actors) {
		actors.push_back(maker_of(actor.role)(world, actor, loop, plan.among_neighbours ? &neighbours : nullptr));
	}
	for (;;) {
		bool more = false;
		uint64_t timer = kNever;
		for (const auto& actor : actors) {
			const uint64_t now = scheduler().now();
			more = actor->turn(now) || more;
			timer = actor->timer() > now ? std::min(timer, actor->timer()) : timer;
		}
		if (std::all_of(actors.begin(), actors.end(), [](const auto& actor) { return actor->gone(); })) {
			return;
		}
		const uint64_t now = scheduler().now();
		int64_t timeout = timer == kNever ? WaitSet::kForever : static_cast<int64_t>(timer > now ? timer - now : 0);
		timeout = more ? 0 : timeout;
		void* tokens[WaitSet::kReadyMax];
		kernel().owner().in_wait = true;
		const int count = loop.collect(tokens, timeout);
		kernel().owner().in_wait = false;
		for (int i = 0; i < count; ++i) {
			static_cast<Served*>(tokens[i])->serve();
		}
	}
}

} // namespace ringwire::simulation
