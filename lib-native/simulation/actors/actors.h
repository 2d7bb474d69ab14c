// The programs of a life: each owns one endpoint and uses it as the binding does. All of it runs inside of a simulated process
// and may be left at any point for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "channel/endpoint/neighbours.h"
#include "channel/reader/reader_endpoint.h"
#include "channel/writer/writer_endpoint.h"
#include "platform/wait_group.h"
#include "simulation/oracle/duplex_oracle.h"
#include "simulation/oracle/oracle.h"
#include "simulation/plan.h"

namespace ringwire::simulation {

// A blocking call of an actor waits so long at most.
inline constexpr uint64_t kBlockNanos = 20'000'000;
// The time until the next attempt at what failed.
inline constexpr uint64_t kRetryNanos = 5'000'000;

enum class Phase : uint8_t {
	kScript, // every actor follows its plan
	kSettle, // nothing new: links open, messages arrive
	kEnd,    // every writer calls end()
	kLeave,  // every endpoint leaves
};

struct World {
	const LifePlan* plan = nullptr;
	Oracle* oracle = nullptr;
	DuplexOracle* duplex = nullptr; // of a life of servers and clients
	Phase phase = Phase::kScript;
	uint64_t messages = 0;
	uint64_t links = 0;
};

// Something with a wait set in the loop of a process. Lives as long as the process.
class Served {
public:
	Served() = default;
	Served(const Served&) = delete;
	Served& operator=(const Served&) = delete;
	virtual ~Served() = default;
	virtual void serve() = 0;
};

class Actor : public Served {
public:
	// Something that it can do now. True: and there is more.
	[[nodiscard]] virtual bool turn(uint64_t now) = 0;
	[[nodiscard]] virtual bool gone() const = 0;
	// No turn is needed before; 0: none is needed.
	[[nodiscard]] virtual uint64_t timer() const = 0;
};

// A writer or a reader.
class EndpointActor : public Actor {
public:
	EndpointActor(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours)
		: world_(world), plan_(plan), loop_(loop), neighbours_(neighbours) {}

	[[nodiscard]] bool turn(uint64_t now) override;
	void serve() override;
	[[nodiscard]] bool gone() const override { return state_ == State::kGone; }
	[[nodiscard]] uint64_t timer() const override { return timer_; }

protected:
	enum class State : uint8_t { kClosed, kOpen, kGone };

	virtual void open() = 0;
	[[nodiscard]] virtual Endpoint& endpoint() = 0;
	[[nodiscard]] virtual EndpointRecord& record() = 0;
	[[nodiscard]] virtual bool act(uint64_t now) = 0;
	virtual void woken(uint32_t wake) = 0;
	virtual void destroy() = 0;

	void opened(const Status& status);
	void take_events();
	virtual void saw(const Event&) {}
	void leave(bool fails);
	void shut_down();
	void pause(uint64_t now, uint64_t nanos) { timer_ = nanos == 0 ? 0 : now + nanos; }

	World& world_;
	const ActorPlan& plan_;
	WaitGroup& loop_;
	Neighbours* neighbours_;
	State state_ = State::kClosed;
	uint64_t timer_ = 0; // no turn before; 0: none is needed
	bool computed_ = false;
	bool watched_ = false;
};

[[nodiscard]] std::unique_ptr<Actor> make_writer(World& world, const ActorPlan& plan, WaitGroup& loop,
                                                 Neighbours* neighbours);
[[nodiscard]] std::unique_ptr<Actor> make_reader(World& world, const ActorPlan& plan, WaitGroup& loop,
                                                 Neighbours* neighbours);
[[nodiscard]] std::unique_ptr<Actor> make_server(World& world, const ActorPlan& plan, WaitGroup& loop,
                                                 Neighbours* neighbours);
[[nodiscard]] std::unique_ptr<Actor> make_client(World& world, const ActorPlan& plan, WaitGroup& loop,
                                                 Neighbours* neighbours);

// The id of the endpoint that this process has just constructed.
[[nodiscard]] uint64_t newest_id();
// Blocks the thread, in the first phase only.
void compute(const World& world, uint64_t nanos);

// The main function of a process.
void run_process(World& world, const ProcessPlan& plan);

} // namespace ringwire::simulation
