// A reader in a life: it reads in batches, waits, and leaves or fails as its plan says.
#include "simulation/actors.h"

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

std::unique_ptr<Actor> make_reader(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours) {
	return std::make_unique<ReaderActor>(world, plan, loop, neighbours);
}

} // namespace ringwire::simulation
