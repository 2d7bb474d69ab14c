// One side of a connection in a life. A client calls: it writes its messages and reads the answers. A server answers: it writes back what it reads.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "channel/duplex/duplex_endpoint.h"
#include "simulation/actors/actors.h"

namespace ringwire::simulation {

class ConnectionSide {
public:
	ConnectionSide(World& world, const ActorPlan& plan, WaitGroup& loop, Neighbours* neighbours, AttemptRecord& record,
	               Role role)
		: world_(world), plan_(plan.duplex), record_(record), role_(role), loop_(loop), neighbours_(neighbours) {}
	ConnectionSide(const ConnectionSide&) = delete;
	ConnectionSide& operator=(const ConnectionSide&) = delete;
	virtual ~ConnectionSide() = default;

	void open(Connection& connection);
	// As of an actor.
	[[nodiscard]] bool turn(uint64_t now);
	[[nodiscard]] bool gone() const { return writer_.endpoint == nullptr; }
	[[nodiscard]] uint64_t timer() const { return timer_; }
	void leave(bool fails);
	[[nodiscard]] bool script_done() const { return script_done_ || gone(); }
	[[nodiscard]] bool is_of(const AttemptRecord& attempt) const { return &record_ == &attempt; }
	[[nodiscard]] SideRecord& side() { return record_.at(role_); }

protected:
	// The next step of the program. True: and there is more.
	[[nodiscard]] virtual bool act(uint64_t now) = 0;
	// An answer is due, or was expected.
	virtual void took(const std::byte* message, size_t length) = 0;

	// False: it read nothing.
	[[nodiscard]] bool read(uint64_t now);
	[[nodiscard]] bool write(const std::byte* message, size_t length);
	void end();
	void shut_down();
	// True: there is something to do at once.
	[[nodiscard]] bool wait_for_data();
	void wait_for_space(size_t length) { waits_for_space_ = !writer_endpoint().want_space(length); }
	void pause(uint64_t now, uint64_t nanos);

	[[nodiscard]] WriterEndpoint& writer_endpoint() { return static_cast<WriterEndpoint&>(*writer_.endpoint); }
	[[nodiscard]] ReaderEndpoint& reader_endpoint() { return static_cast<ReaderEndpoint&>(*reader_.endpoint); }

	World& world_;
	const DuplexPlan& plan_;
	AttemptRecord& record_;
	const Role role_;
	bool waits_for_space_ = false;
	bool script_done_ = false;

private:
	struct Half final : Served {
		explicit Half(ConnectionSide& of_side) : side(of_side) {}
		void serve() override { side.serve(*this); }
		ConnectionSide& side;
		std::unique_ptr<Endpoint> endpoint;
		bool watched = false;
	};
	void serve(Half& half);
	void take_events();
	// True: it has left, or waits for that.
	[[nodiscard]] bool come_to_an_end(uint64_t now, bool& more);

	WaitGroup& loop_;
	Neighbours* neighbours_;
	Half writer_{*this};
	Half reader_{*this};
	bool waits_for_data_ = false;
	uint64_t timer_ = 0;
	uint64_t events_ = 0; // since it was opened
	static constexpr size_t kSlabBytes = size_t{48} << 10;
	std::unique_ptr<std::byte[]> slab_{new std::byte[kSlabBytes]}; // not zeroed
	std::vector<Slot> slots_;
};

// Of a client.
class CallingSide final : public ConnectionSide {
public:
	using ConnectionSide::ConnectionSide;

private:
	[[nodiscard]] bool act(uint64_t now) override;
	void took(const std::byte*, size_t) override {}
	[[nodiscard]] bool write_burst(uint64_t now);
};

// Of a server.
class AnsweringSide final : public ConnectionSide {
public:
	using ConnectionSide::ConnectionSide;

private:
	[[nodiscard]] bool act(uint64_t now) override;
	void took(const std::byte* message, size_t length) override;

	std::vector<std::vector<std::byte>> due_; // not written back yet
	size_t answered_ = 0;                     // of them
};

} // namespace ringwire::simulation
