// Attaches an endpoint to the event loop of its environment. Calls `on_ready` when the wait set is ready, and `on_poll` once a
// loop turn while polling is requested. Frees itself when the loop has released both handles, possibly after its owner.
#pragma once

#include <uv.h>

#include "platform/handle.h"

namespace ringwire {

class LoopOwner {
public:
	virtual void on_ready() = 0;
	virtual void on_poll() = 0;

protected:
	~LoopOwner() = default;
};

class LoopWatch {
public:
	using Released = void (*)(void* context);

	// Null: the loop cannot watch it.
	[[nodiscard]] static LoopWatch* start(uv_loop_t* loop, OsHandle pollable, LoopOwner& owner);
	// Stops all calls. Calls `released(context)` when the loop has released its handles.
	void stop(Released released, void* context);

	void poll_each_turn(bool wanted);
	void keep_alive(bool wanted);

private:
	LoopWatch() = default;
	~LoopWatch() = default;
	static void on_closed(uv_handle_t* handle);

	uv_poll_t ready_{};
	uv_idle_t each_turn_{};
	LoopOwner* owner_ = nullptr;
	Released released_ = nullptr;
	void* released_context_ = nullptr;
	int open_handles_ = 0;
};

} // namespace ringwire
