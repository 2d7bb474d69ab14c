// A reader in a life: it reads in batches, waits, and leaves or fails as its plan says.
#include "simulation/actors/actors.h"

#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::scheduler;

namespace {

class ReaderActor final : public EndpointActor {
public:
	ReaderActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: EndpointActor(world, plan, loop, neighbours), record_(world.oracle->add_reader(plan, kernel().owner())) {}

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
	void destroy() override {
		endpoint_.reset();
		leases_.clear();
	}

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

	// Returns the number of messages. Some leases stay open until there is nothing to read.
	uint32_t lease() {
		constexpr size_t kOpenMax = 5;
		const ReaderPlan& plan = plan_.reader;
		uint32_t count = 0;
		for (; count < plan.batch_max; ++count) {
			const Leased leased = endpoint_->read_lease(slab_.data(), 0, slab_.size(), 1);
			take_events();
			if (leased.kind == Leased::Kind::kNothing) {
				break;
			}
			const bool is_view = leased.kind == Leased::Kind::kView;
			world_.oracle->took(record_, is_view ? leased.bytes : slab_.data() + leased.slot.begin, leased.length);
			messages_ += 1;
			world_.messages += 1;
			if (is_view) {
				leases_.push_back(leased);
			}
			if (leases_.size() > kOpenMax) {
				release(messages_ * 7 % leases_.size());
			}
		}
		while (count == 0 && !leases_.empty()) {
			release(leases_.size() / 2);
		}
		return count;
	}
	void release(size_t index) {
		const Leased leased = leases_[index];
		leases_.erase(leases_.begin() + static_cast<ptrdiff_t>(index));
		leased.lane->release(leased.sequence);
	}

	uint32_t read_batch(bool ending) {
		const ReaderPlan& plan = plan_.reader;
		slots_.resize(plan.batch_max);
		uint64_t needed = 0;
		const uint32_t count =
			endpoint_->read_batch(slab_.data(), 0, slab_.size(), slots_.data(), plan.batch_max, needed);
		take_events();
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
		return count;
	}

	bool read(uint64_t now) {
		const ReaderPlan& plan = plan_.reader;
		const bool ending = world_.phase == Phase::kScript && plan.ending != ReaderPlan::Ending::kStays;
		const uint32_t count = plan.leases ? lease() : read_batch(ending);
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
	std::vector<Leased> leases_; // open ones
	uint64_t messages_ = 0;
};

} // namespace

std::unique_ptr<Actor> make_reader(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours) {
	return std::make_unique<ReaderActor>(world, plan, loop, neighbours);
}

} // namespace ringwire::simulation
