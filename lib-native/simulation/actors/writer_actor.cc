// A writer in a life: it writes in bursts, waits for space, and ends, leaves or fails as its plan says.
#include "simulation/actors/actors.h"

#include <algorithm>

#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulation {

using simulated::kernel;
using simulated::scheduler;

namespace {

class WriterActor final : public EndpointActor {
public:
	WriterActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: EndpointActor(world, plan, loop, neighbours), record_(world.oracle->add_writer(plan, kernel().owner())) {}

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
			accepted = endpoint_->try_write_batch(slab.data(), ends.data(), static_cast<uint32_t>(count)).accepted;
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
			compute(world_, plan_.compute_at_end_nanos);
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

} // namespace

std::unique_ptr<Actor> make_writer(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours) {
	return std::make_unique<WriterActor>(world, plan, loop, neighbours);
}

} // namespace ringwire::simulation
