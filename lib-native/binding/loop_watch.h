// Joins an endpoint to the environment's event loop: `on_ready` when its wait set has something, and `on_poll` once a loop
// turn while it asks for that. Frees itself when the loop has let go of both handles, which may be after its owner's end.
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
	// No call comes any more; `released(context)` when the loop has let go.
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
