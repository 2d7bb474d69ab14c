#include "simulation/actors.h"

#include <algorithm>

#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::kNever;
using simulated::scheduler;

namespace {

constexpr uint64_t kRetryNanos = 5'000'000;
constexpr uint64_t kBlockNanos = 20'000'000;

// The id of the endpoint that this process has just constructed.
uint64_t newest_id() {
	return kernel().owner().drawn.back() | 1;
}

class WriterActor final : public Actor {
public:
	WriterActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: Actor(world, plan, loop, neighbours), record_(world.oracle->add_writer(plan, kernel().owner())) {}

private:
	void open() override {
		world_.oracle->begin_open(record_);
		endpoint_ = std::make_unique<WriterEndpoint>(world_.plan->contract, plan_.writer.geometry);
		record_.id = newest_id();
		opened(endpoint_->open());
	}
	Endpoint& endpoint() override { return *endpoint_; }
	EndpointRecord& record() override { return record_; }
	void destroy() override { endpoint_.reset(); }

	bool act(uint64_t now) override {
		const WriterPlan& plan = plan_.writer;
		if (record_.over) {
			leave(false);
			return false;
		}
		if (world_.phase != Phase::kScript) {
			return settle();
		}
		if (timer_ > now) {
			return false;
		}
		timer_ = 0;
		if (record_.waits && leave_at_ == 0) {
			return false;
		}
		if (record_.accepted < plan.messages && attempts_ < 4 * plan.messages) {
			return write_burst(now);
		}
		return come_to_the_end(now);
	}

	bool settle() {
		if (record_.waits) {
			endpoint_->cancel_space();
			endpoint_->cancel_drained();
			record_.waits = false;
		}
		timer_ = 0;
		record_.script_done = true;
		if (world_.phase == Phase::kEnd && record_.end_call.begin == kNotYet) {
			end();
		}
		return false;
	}

	void end() {
		record_.end_call.begin = world_.oracle->now();
		endpoint_->end();
		record_.end_call.end = world_.oracle->now();
	}

	bool write_burst(uint64_t now) {
		const WriterPlan& plan = plan_.writer;
		for (uint64_t i = 0; i < plan.burst && record_.accepted < plan.messages; ++i) {
			const uint64_t count = plan.in_batches && world_.plan->contract.overflow != Overflow::kDropNewest
			                           ? std::min<uint64_t>(plan.messages - record_.accepted, 3)
			                           : 1;
			if (write(count) == count) {
				continue;
			}
			if (record_.over || endpoint_->left()) {
				return true;
			}
			if (world_.plan->contract.overflow != Overflow::kBlock) {
				break; // dropped
			}
			if (plan.blocking) {
				(void)endpoint_->wait_space(length_, scheduler().now() + kBlockNanos);
				take_events();
				return true;
			}
			record_.waits = !endpoint_->want_space(length_);
			return !record_.waits;
		}
		pause(now, plan.pause_nanos);
		return true;
	}

	uint64_t write(uint64_t count) {
		std::vector<std::byte> slab;
		std::vector<uint32_t> ends;
		for (uint64_t i = 0; i < count; ++i) {
			const uint64_t sequence = record_.accepted + i;
			// Some of the lengths that are allowed, the longest one among them.
			length_ = Oracle::kLengthMin + (sequence % 3 == 0 ? 0 : plan_.writer.length_max - Oracle::kLengthMin);
			slab.resize(slab.size() + length_);
			Oracle::fill(slab.data() + slab.size() - length_, length_, record_.index, sequence);
			ends.push_back(static_cast<uint32_t>(slab.size()));
		}
		attempts_ += 1;
		world_.oracle->begin_write(record_, count);
		uint64_t accepted = 0;
		if (count == 1) {
			accepted = endpoint_->try_write(slab.data(), slab.size()) == WriterEndpoint::Written::kAccepted ? 1 : 0;
		} else {
			accepted = endpoint_->try_write_batch(slab.data(), ends.data(), static_cast<uint32_t>(count));
		}
		world_.oracle->end_write(record_, accepted);
		return accepted;
	}

	bool come_to_the_end(uint64_t now) {
		if (!computed_at_end_) {
			computed_at_end_ = true;
			if (plan_.writer.ending == WriterPlan::Ending::kEnds ||
			    plan_.writer.ending == WriterPlan::Ending::kDrains) {
				end();
			}
			compute(plan_.compute_at_end_nanos);
			return true;
		}
		switch (plan_.writer.ending) {
		case WriterPlan::Ending::kStays:
		case WriterPlan::Ending::kEnds:
			record_.script_done = true;
			return false;
		case WriterPlan::Ending::kDrains:
			if (leave_at_ == 0) {
				leave_at_ = now + plan_.ending_after_nanos;
				record_.waits = !endpoint_->want_drained();
				if (!record_.waits) {
					drained();
				}
				timer_ = leave_at_;
				return !record_.waits;
			}
			break;
		case WriterPlan::Ending::kShutsDown:
		case WriterPlan::Ending::kLeaves:
		case WriterPlan::Ending::kFails:
			if (leave_at_ == 0) {
				leave_at_ = now + plan_.ending_after_nanos;
				pause(now, plan_.ending_after_nanos);
				return true;
			}
			break;
		}
		if (timer_ == 0 && leave_at_ > now && plan_.writer.ending == WriterPlan::Ending::kDrains && record_.waits) {
			timer_ = leave_at_;
			return false;
		}
		record_.script_done = true;
		if (plan_.writer.ending == WriterPlan::Ending::kShutsDown) {
			shut_down();
			return true;
		}
		leave(plan_.writer.ending == WriterPlan::Ending::kFails);
		return false;
	}

	void drained() { world_.oracle->drained(record_); }

	void woken(uint32_t wake) override {
		if ((wake & (kWakeSpace | kWakeDrained)) != 0) {
			record_.waits = false;
		}
		if ((wake & kWakeDrained) != 0 && !record_.over) {
			drained();
			timer_ = 0;
		}
	}

	WriterRecord& record_;
	std::unique_ptr<WriterEndpoint> endpoint_;
	bool computed_at_end_ = false;
	uint64_t attempts_ = 0;
	uint64_t length_ = 0;
	uint64_t leave_at_ = 0;
};

class ReaderActor final : public Actor {
public:
	ReaderActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: Actor(world, plan, loop, neighbours), record_(world.oracle->add_reader(plan, kernel().owner())) {}

private:
	static constexpr size_t kSlabBytes = size_t{48} << 10;

	void open() override {
		world_.oracle->begin_open(record_);
		endpoint_ = std::make_unique<ReaderEndpoint>(world_.plan->contract, plan_.reader.options);
		if (plan_.reader.wakes_lanes_apart) {
			endpoint_->limit_lanes_woken_together(0);
		}
		record_.id = newest_id();
		opened(endpoint_->open());
	}
	Endpoint& endpoint() override { return *endpoint_; }
	EndpointRecord& record() override { return record_; }
	void destroy() override { endpoint_.reset(); }

	bool act(uint64_t now) override {
		record_.script_done = true;
		if (record_.ended) {
			leave(false);
			return false;
		}
		if (world_.phase != Phase::kScript) {
			timer_ = 0;
		} else if (timer_ > now) {
			return false;
		}
		timer_ = 0;
		if (record_.waits) {
			if (endpoint_->polling()) {
				record_.waits = !endpoint_->poll();
				return true;
			}
			return false;
		}
		return read(now);
	}

	bool read(uint64_t now) {
		const ReaderPlan& plan = plan_.reader;
		slots_.resize(plan.batch_max);
		uint64_t needed = 0;
		const uint32_t count =
			endpoint_->read_batch(slab_.data(), 0, slab_.size(), slots_.data(), plan.batch_max, needed);
		take_events();
		const bool ending = world_.phase == Phase::kScript && plan.ending != ReaderPlan::Ending::kStays;
		for (uint32_t i = 0; i < count; ++i) {
			if (ending && messages_ >= plan.messages && plan.gives_back &&
			    plan.ending != ReaderPlan::Ending::kShutsDown) {
				endpoint_->commit(i);
				break; // the rest is for the next reader
			}
			world_.oracle->took(record_, slab_.data() + slots_[i].begin, slots_[i].end - slots_[i].begin);
			messages_ += 1;
			world_.messages += 1;
		}
		if (ending && messages_ >= plan.messages) {
			if (plan.ending != ReaderPlan::Ending::kShutsDown) {
				leave(plan.ending == ReaderPlan::Ending::kFails);
				return false;
			}
			if (!record_.over) {
				shut_down();
			}
			return true;
		}
		if (count > 0) {
			pause(now, world_.phase == Phase::kScript ? plan.pause_nanos : 0);
			return true;
		}
		if (record_.ended) {
			return true;
		}
		if (plan.blocking) {
			(void)endpoint_->wait_until(scheduler().now() + kBlockNanos);
			take_events();
			timer_ = scheduler().now(); // the loop has its turn in between
			return true;
		}
		record_.waits = !endpoint_->begin_wait();
		take_events();
		return !record_.waits || endpoint_->polling();
	}

	void woken(uint32_t wake) override {
		if ((wake & kWakeData) != 0) {
			record_.waits = false;
		}
	}

	ReaderRecord& record_;
	std::unique_ptr<ReaderEndpoint> endpoint_;
	std::vector<std::byte> slab_ = std::vector<std::byte>(kSlabBytes);
	std::vector<Slot> slots_;
	uint64_t messages_ = 0;
};

} // namespace

void Actor::opened(const Status& status) {
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
	watched_ = loop_.add(endpoint().wait_set(), this);
	take_events();
}

bool Actor::turn(uint64_t now) {
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
		watched_ = loop_.add(endpoint().wait_set(), this);
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
		compute(plan_.compute_nanos);
		return true;
	}
	const bool more = act(now);
	if (!watched_ && !more && state_ == State::kOpen) {
		timer_ = now + kRetryNanos;
	}
	return more;
}

void Actor::serve() {
	if (state_ != State::kOpen) {
		return;
	}
	const uint32_t wake = endpoint().service();
	take_events();
	woken(wake);
}

void Actor::take_events() {
	Event event;
	while (endpoint().take_event(event)) {
		world_.links += event.type == Event::Type::kConnect ? 1 : 0;
		world_.oracle->saw(record(), event);
	}
}

void Actor::leave(bool fails) {
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

void Actor::shut_down() {
	scheduler().note("    %s calls shutdown", record().name.c_str());
	world_.oracle->begin_shutdown(record());
	endpoint().shutdown();
	world_.oracle->end_shutdown(record());
}

void Actor::compute(uint64_t nanos) {
	if (nanos != 0 && world_.phase == Phase::kScript) {
		kernel().owner().silent_nanos += nanos;
		scheduler().point("computes", 40, nanos);
		scheduler().sleep(nanos);
	}
}

std::unique_ptr<Actor> make_actor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours) {
	if (plan.role == Role::kWriter) {
		return std::make_unique<WriterActor>(world, plan, loop, neighbours);
	}
	return std::make_unique<ReaderActor>(world, plan, loop, neighbours);
}

void run_process(World& world, const ProcessPlan& plan) {
	WaitGroup loop;
	while (!loop.open().ok()) {
		scheduler().sleep(kRetryNanos);
	}
	Neighbours neighbours;
	std::vector<std::unique_ptr<Actor>> actors;
	for (const ActorPlan& actor : plan.actors) {
		actors.push_back(make_actor(world, actor, loop, plan.among_neighbours ? &neighbours : nullptr));
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
			static_cast<Actor*>(tokens[i])->serve();
		}
	}
}

} // namespace ringwire::simulation
