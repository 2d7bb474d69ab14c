// A server in a life: it takes connections and answers, until it leaves or fails as its plan says. Its connections go on then.
#include <algorithm>

#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"
#include "simulation/actors/connection_side.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::scheduler;

namespace {

constexpr uint64_t kOpenAgainNanosMax = 5'000'000'000;

class ServerActor final : public Actor {
public:
	ServerActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: world_(world), plan_(plan), loop_(loop), neighbours_(neighbours),
		  record_(world.duplex->add_server(plan, kernel().owner())) {}

	bool turn(uint64_t now) override {
		timer_ = 0;
		bool more = false;
		if (state_ == State::kClosed) {
			more = turn_closed(now);
		} else if (state_ == State::kOpen) {
			more = turn_open(now);
		}
		for (const auto& side : sides_) {
			if (side->gone()) {
				continue;
			}
			more = side->turn(now) || more;
			if (side->gone()) {
				lose_client();
			} else {
				wake_at(side->timer(), now);
			}
		}
		return more;
	}
	void serve() override {
		if (state_ == State::kOpen) {
			(void)endpoint_->service();
			take_events();
		}
	}
	[[nodiscard]] bool gone() const override {
		return state_ == State::kGone &&
		       std::all_of(sides_.begin(), sides_.end(), [](const auto& side) { return side->gone(); });
	}
	[[nodiscard]] uint64_t timer() const override { return timer_; }

private:
	enum class State : uint8_t { kClosed, kOpen, kGone };

	void wake_at(uint64_t at, uint64_t now) {
		if (at > now && (timer_ == 0 || at < timer_)) {
			timer_ = at;
		}
	}

	bool turn_closed(uint64_t now) {
		if (world_.phase != Phase::kScript) {
			record_.script_done = true;
			state_ = State::kGone; // too late
			return false;
		}
		open_at_ = open_at_ == 0 ? now + plan_.open_after_nanos : open_at_;
		if (open_at_ > now) {
			wake_at(open_at_, now);
			return false;
		}
		scheduler().note("    opens %s", record_.name.c_str());
		endpoint_ = std::make_unique<DuplexEndpoint>(world_.plan->contract, Role::kServer, plan_.duplex.clients_max);
		world_.duplex->begin_open(record_, newest_id());
		const Status status = endpoint_->open();
		world_.duplex->end_open(record_, status);
		scheduler().note("    open: %s", status.ok() ? "ok" : status.message.c_str());
		if (!status.ok()) {
			endpoint_.reset();
			if (status.code == Code::kExists && plan_.duplex.opens_again) {
				open_at_ = now + open_again_nanos_;
				open_again_nanos_ = std::min(2 * open_again_nanos_, kOpenAgainNanosMax);
				wake_at(open_at_, now);
				record_.script_done = true;
				return false;
			}
			record_.script_done = true;
			state_ = State::kGone;
			return false;
		}
		state_ = State::kOpen;
		ends_at_ = now + plan_.ending_after_nanos + 1;
		record_.script_done = plan_.duplex.ending == DuplexPlan::Ending::kStays;
		if (neighbours_ != nullptr) {
			neighbours_->add(*endpoint_);
			endpoint_->live_among(*neighbours_);
		}
		watched_ = loop_.add(endpoint_->wait_set(), static_cast<Served*>(this));
		take_events();
		compute(world_, plan_.compute_nanos);
		return true;
	}

	bool turn_open(uint64_t now) {
		if (world_.phase == Phase::kLeave) {
			leave(false);
			return false;
		}
		if (!watched_) {
			watched_ = loop_.add(endpoint_->wait_set(), static_cast<Served*>(this));
			serve();
			wake_at(watched_ ? 0 : now + kRetryNanos, now);
		}
		if (world_.phase != Phase::kScript) {
			record_.script_done = true;
		} else if (!record_.script_done) {
			if (ends_at_ <= now) {
				leave(plan_.duplex.ending == DuplexPlan::Ending::kFails);
				return true;
			}
			wake_at(ends_at_, now);
		}
		return false;
	}

	void take_events() {
		Event event;
		while (endpoint_->take_event(event)) {
			world_.duplex->saw(record_, event);
			if (event.type == Event::Type::kConnect) {
				take_connection();
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
			endpoint_->connection_over();
		}
		if (connection.writer == nullptr) { // short of something
			record_.over += 1;
			return;
		}
		AttemptRecord* attempt = world_.duplex->find(connection.peer);
		if (attempt == nullptr) {
			world_.oracle->violate("event", record_.name + " has a connection with a client that there is not");
			lose_client();
			return;
		}
		for (const auto& side : sides_) {
			if (side->is_of(*attempt) && !side->gone()) {
				side->leave(false); // the client has given it up
				lose_client();
			}
		}
		world_.duplex->opened(record_, *attempt);
		sides_.push_back(std::make_unique<AnsweringSide>(world_, plan_, loop_, neighbours_, *attempt, Role::kServer));
		sides_.back()->open(connection);
	}

	void lose_client() {
		record_.over += 1;
		if (endpoint_ != nullptr) {
			endpoint_->connection_over();
		}
	}

	void leave(bool fails) {
		scheduler().note("    %s leaves", record_.name.c_str());
		record_.left = true;
		record_.script_done = true;
		endpoint_->leave(!fails);
		if (watched_) {
			loop_.remove(endpoint_->wait_set());
		}
		if (neighbours_ != nullptr) {
			neighbours_->remove(*endpoint_);
		}
		endpoint_.reset();
		state_ = State::kGone;
	}

	World& world_;
	const ActorPlan& plan_;
	WaitGroup& loop_;
	Neighbours* neighbours_;
	ServerRecord& record_;
	State state_ = State::kClosed;
	std::unique_ptr<DuplexEndpoint> endpoint_;
	bool watched_ = false;
	uint64_t open_at_ = 0;
	uint64_t open_again_nanos_ = kRetryNanos;
	uint64_t ends_at_ = 0;
	uint64_t timer_ = 0;
	std::vector<std::unique_ptr<AnsweringSide>> sides_;
};

} // namespace

std::unique_ptr<Actor> make_server(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours) {
	return std::make_unique<ServerActor>(world, plan, loop, neighbours);
}

} // namespace ringwire::simulation
