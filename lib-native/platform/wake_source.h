// The connection between a wait set and an event loop. A source comes from the loop (platform/event_loop.h).
#pragma once

namespace ringwire {

// All calls come on the thread of the loop, from the loop. A listener may detach any source in a call, its own too, and attach others.
class WakeListener {
public:
	// The wait set is ready, or was a moment ago. Called again in a later turn of the loop if it is still ready then.
	virtual void on_ready() = 0;
	// Once in each turn of the loop, while that is requested.
	virtual void on_turn() = 0;

protected:
	~WakeListener() = default;
};

class WakeSource {
public:
	WakeSource() = default;
	WakeSource(const WakeSource&) = delete;
	WakeSource& operator=(const WakeSource&) = delete;

	// Ends all calls. The listener and the wait set may be destroyed from now on, and the source must not be used.
	virtual void detach() = 0;
	// While it is wanted the loop does not block. Only for a loop with turns.
	virtual void call_each_turn(bool wanted) = 0;
	// Whether the loop goes on running for it. It does at first.
	virtual void keep_alive(bool wanted) = 0;

protected:
	~WakeSource() = default; // `detach` leads to it
};

} // namespace ringwire
