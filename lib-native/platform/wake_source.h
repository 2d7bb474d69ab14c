// How an event loop serves a wait set. The implementations are those of the loops, in binding/: a platform contract can promise no handle that
// every loop is able to watch.
//
// A wake source is attached to the loop when it is created. It lives until the loop has released what it watches, which can be after its
// listener and the wait set are gone.
#pragma once

namespace ringwire {

// All calls come on the thread of the loop, from the loop.
class WakeListener {
public:
	// The wait set is ready. Called again in the next turn of the loop if it is still ready then.
	virtual void on_ready() = 0;
	// Once in each turn of the loop, while that is requested.
	virtual void on_turn() = 0;

protected:
	~WakeListener() = default;
};

class WakeSource {
public:
	using Released = void (*)(void* context);

	WakeSource() = default;
	WakeSource(const WakeSource&) = delete;
	WakeSource& operator=(const WakeSource&) = delete;

	// Stops all calls. The wait set may be destroyed from now on. Calls `released(context)` when the loop has released it, and does not exist
	// any more then.
	virtual void detach(Released released, void* context) = 0;
	// While it is wanted the loop does not block.
	virtual void call_each_turn(bool wanted) = 0;
	// Whether the loop goes on running for it. It does at first.
	virtual void keep_alive(bool wanted) = 0;

protected:
	~WakeSource() = default;
};

} // namespace ringwire
