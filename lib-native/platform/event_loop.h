// The event loop of one environment, which serves wait sets. The implementations are those of the loops, in binding/: a platform contract can
// promise no handle that every loop is able to watch. Used by the thread of the loop.
//
// A loop may watch by itself, or have a thread that waits for all its sources and wakes it.
#pragma once

#include "platform/wait_set.h"
#include "platform/wake_source.h"

namespace ringwire {

class EventLoop {
public:
	class Owner {
	public:
		// The environment ends. The owner detaches every source, except in a child by fork, where the loop is that of the parent.
		virtual void on_end() = 0;

	protected:
		~Owner() = default;
	};

	EventLoop(const EventLoop&) = delete;
	EventLoop& operator=(const EventLoop&) = delete;
	// After `on_end`, or without it if the process ends first.
	virtual ~EventLoop() = default;

	// Calls the listener from the next turn on. Null: the loop cannot watch one more.
	[[nodiscard]] virtual WakeSource* attach(const WaitSet& set, WakeListener& listener) = 0;
	// False: the loop cannot call in each turn, and a reader sleeps at once instead of polling.
	[[nodiscard]] virtual bool has_turns() const = 0;

	// Around a call that blocks the thread and waits for the sets of the loop itself: between the two nothing else waits for them. Sets that
	// are ready after `resume` are reported.
	virtual void suspend() = 0;
	virtual void resume() = 0;

protected:
	EventLoop() = default;
};

class SuspendedLoop {
public:
	explicit SuspendedLoop(EventLoop& loop) : loop_(loop) { loop_.suspend(); }
	SuspendedLoop(const SuspendedLoop&) = delete;
	SuspendedLoop& operator=(const SuspendedLoop&) = delete;
	~SuspendedLoop() { loop_.resume(); }

private:
	EventLoop& loop_;
};

} // namespace ringwire
