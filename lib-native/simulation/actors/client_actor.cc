// A client in a life: it looks for a server as `connect` of the package does, uses its connection, and looks again if the server is gone before
// the connection is open.
#include <algorithm>

#include "core/limits.h"
#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"
#include "simulation/actors/connection_side.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::scheduler;

namespace {

constexpr uint64_t kRetryNanosMax = 5'000'000'000;

class ClientActor final : public Actor {
public:
	ClientActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: world_(world), plan_(plan), loop_(loop), neighbours_(neighbours),
		  record_(world.duplex->add_client(plan, kernel().owner())) {}

	bool turn(uint64_t now) override {
		timer_ = 0;
		switch (state_) {
		case State::kClosed:
			return turn_closed(now);
		case State::kLooking:
			return turn_looking(now);
		case State::kConnected:
			return turn_connected(now);
		case State::kGone:
			break;
		}
		return false;
	}
	void serve() override {
		if (state_ == State::kLooking) {
			(void)endpoint_->service();
			take_events();
		}
	}
	[[nodiscard]] bool gone() const override { return state_ == State::kGone; }
	[[nodiscard]] uint64_t timer() const override { return timer_; }

private:
	enum class State : uint8_t { kClosed, kLooking, kConnected, kGone };

	void wake_at(uint64_t at, uint64_t now) { timer_ = at > now ? at : 0; }
	void end() {
		record_.script_done = true;
		state_ = State::kGone;
	}

	bool turn_closed(uint64_t now) {
		const bool first = attempt_ == nullptr;
		if (world_.phase == Phase::kLeave || (first && world_.phase != Phase::kScript)) {
			end(); // too late
			return false;
		}
		open_at_ = open_at_ == 0 ? now + plan_.open_after_nanos : open_at_;
		if (open_at_ > now && world_.phase == Phase::kScript) {
			wake_at(open_at_, now);
			return false;
		}
		if (first) {
			deadline_ = plan_.duplex.timeout_nanos == 0 ? simulated::kNever : now + plan_.duplex.timeout_nanos;
		}
		endpoint_ = std::make_unique<DuplexEndpoint>(world_.plan->contract, Role::kClient, 1);
		endpoint_->pause({kServerRetryNanos, kRetryNanosMax});
		attempt_ = &world_.duplex->begin_attempt(record_, newest_id());
		scheduler().note("    opens %s", attempt_->name.c_str());
		const Status status = endpoint_->open();
		world_.duplex->end_open(*attempt_, status);
		if (!status.ok()) {
			endpoint_.reset();
			end();
			return false;
		}
		state_ = State::kLooking;
		if (neighbours_ != nullptr) {
			neighbours_->add(*endpoint_);
			endpoint_->live_among(*neighbours_);
		}
		watched_ = loop_.add(endpoint_->wait_set(), static_cast<Served*>(this));
		take_events();
		compute(world_, plan_.compute_nanos);
		return true;
	}

	bool turn_looking(uint64_t now) {
		if (world_.phase == Phase::kLeave) {
			stop_looking();
			end();
			return false;
		}
		if (!watched_) {
			watched_ = loop_.add(endpoint_->wait_set(), static_cast<Served*>(this));
			serve();
			wake_at(watched_ ? 0 : now + kRetryNanos, now);
			return state_ != State::kLooking;
		}
		if (world_.phase != Phase::kScript) {
			record_.script_done = true; // there may be no server
			return false;
		}
		if (deadline_ <= now) {
			attempt_->timed_out = true;
			stop_looking();
			end();
			return false;
		}
		if (deadline_ != simulated::kNever) {
			wake_at(deadline_, now);
		} else {
			record_.script_done = true;
		}
		return false;
	}

	bool turn_connected(uint64_t now) {
		const bool more = side_->turn(now);
		if (!side_->gone()) {
			record_.script_done = side_->script_done();
			timer_ = side_->timer();
			return more;
		}
		const bool was_open = side_->side().linked();
		old_sides_.push_back(std::move(side_));
		if (was_open || world_.phase == Phase::kLeave) {
			end();
			return false;
		}
		state_ = State::kClosed;
		open_at_ = now + retry_nanos_;
		retry_nanos_ = std::min(2 * retry_nanos_, kRetryNanosMax);
		wake_at(open_at_, now);
		return world_.phase != Phase::kScript;
	}

	void take_events() {
		Event event;
		while (state_ == State::kLooking && endpoint_->take_event(event)) {
			world_.duplex->saw(*attempt_, event);
			if (event.type == Event::Type::kConnect) {
				take_connection();
			} else if (event.type == Event::Type::kError) {
				stop_looking();
				end();
			}
		}
	}

	void take_connection() {
		ReaderOptions options;
		options.spin_nanos = plan_.duplex.spin_nanos;
		Connection connection;
		const Status status = endpoint_->take_connection(plan_.duplex.geometry, options, connection);
		if (!status.ok()) {
			world_.duplex->not_opened(record_, status);
			stop_looking();
			end();
			return;
		}
		if (connection.writer == nullptr) {
			world_.duplex->no_connection(*attempt_);
			return;
		}
		world_.duplex->opened(*attempt_, connection.peer);
		side_ = std::make_unique<CallingSide>(world_, plan_, loop_, neighbours_, *attempt_, Role::kClient);
		side_->open(connection);
		stop_looking();
		state_ = State::kConnected;
		record_.script_done = false;
		timer_ = scheduler().now();
	}

	void stop_looking() {
		attempt_->left = true;
		endpoint_->leave();
		if (watched_) {
			loop_.remove(endpoint_->wait_set());
		}
		if (neighbours_ != nullptr) {
			neighbours_->remove(*endpoint_);
		}
		endpoint_.reset();
	}

	World& world_;
	const ActorPlan& plan_;
	WaitGroup& loop_;
	Neighbours* neighbours_;
	ClientRecord& record_;
	State state_ = State::kClosed;
	std::unique_ptr<DuplexEndpoint> endpoint_;
	AttemptRecord* attempt_ = nullptr;
	bool watched_ = false;
	uint64_t open_at_ = 0;
	uint64_t retry_nanos_ = kRetryNanos;
	uint64_t deadline_ = 0;
	uint64_t timer_ = 0;
	std::unique_ptr<CallingSide> side_;
	std::vector<std::unique_ptr<CallingSide>> old_sides_; // the loop may still have their tokens
};

} // namespace

std::unique_ptr<Actor> make_client(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours) {
	return std::make_unique<ClientActor>(world, plan, loop, neighbours);
}

} // namespace ringwire::simulation
