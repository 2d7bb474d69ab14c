#include "binding/loop_watch.h"

namespace ringwire {

LoopWatch* LoopWatch::start(uv_loop_t* loop, OsHandle pollable, LoopOwner& owner) {
	auto* watch = new LoopWatch();
	if (uv_poll_init(loop, &watch->ready_, static_cast<int>(pollable)) != 0) {
		delete watch;
		return nullptr;
	}
	watch->owner_ = &owner;
	watch->ready_.data = watch;
	watch->open_handles_ = 2;
	uv_idle_init(loop, &watch->each_turn_);
	watch->each_turn_.data = watch;
	uv_poll_start(&watch->ready_, UV_READABLE,
	              [](uv_poll_t* handle, int, int) { static_cast<LoopWatch*>(handle->data)->owner_->on_ready(); });
	return watch;
}

void LoopWatch::stop(Released released, void* context) {
	owner_ = nullptr;
	released_ = released;
	released_context_ = context;
	uv_poll_stop(&ready_);
	uv_idle_stop(&each_turn_);
	uv_close(reinterpret_cast<uv_handle_t*>(&ready_), on_closed);
	uv_close(reinterpret_cast<uv_handle_t*>(&each_turn_), on_closed);
}

void LoopWatch::on_closed(uv_handle_t* handle) {
	auto* watch = static_cast<LoopWatch*>(handle->data);
	watch->open_handles_ -= 1;
	if (watch->open_handles_ == 0) {
		watch->released_(watch->released_context_);
		delete watch;
	}
}

void LoopWatch::poll_each_turn(bool wanted) {
	if (wanted) {
		// While it is active the loop does not block, and serves other handles in every turn.
		uv_idle_start(&each_turn_, [](uv_idle_t* handle) { static_cast<LoopWatch*>(handle->data)->owner_->on_poll(); });
	} else {
		uv_idle_stop(&each_turn_);
	}
}

void LoopWatch::keep_alive(bool wanted) {
	auto* ready = reinterpret_cast<uv_handle_t*>(&ready_);
	auto* each_turn = reinterpret_cast<uv_handle_t*>(&each_turn_);
	if (wanted) {
		uv_ref(ready);
		uv_ref(each_turn);
	} else {
		uv_unref(ready);
		uv_unref(each_turn);
	}
}

} // namespace ringwire
