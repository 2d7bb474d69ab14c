// A loop watches a wait set by the one descriptor that it has on Linux.
#include "binding/loop_watch.h"

#include "platform/linux/pollable.h"

namespace ringwire {

namespace {

class LoopWatch final : public WakeSource {
public:
	// Null: the loop cannot watch it.
	[[nodiscard]] static WakeSource* start(uv_loop_t* loop, const WaitSet& wait_set, WakeListener& listener) {
		auto* watch = new LoopWatch();
		if (!watch->attach(loop, wait_set, listener)) {
			delete watch;
			return nullptr;
		}
		return watch;
	}

	void detach(Released released, void* context) override {
		listener_ = nullptr;
		released_ = released;
		released_context_ = context;
		uv_poll_stop(&ready_);
		uv_idle_stop(&each_turn_);
		uv_close(reinterpret_cast<uv_handle_t*>(&ready_), on_closed);
		uv_close(reinterpret_cast<uv_handle_t*>(&each_turn_), on_closed);
	}

	void call_each_turn(bool wanted) override {
		if (wanted) {
			// While it is active the loop does not block, and serves other handles in every turn.
			uv_idle_start(&each_turn_, [](uv_idle_t* handle) { of(handle).listener_->on_turn(); });
		} else {
			uv_idle_stop(&each_turn_);
		}
	}

	void keep_alive(bool wanted) override {
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

protected:
	~LoopWatch() = default; // `detach` ends in it

private:
	LoopWatch() = default;

	[[nodiscard]] bool attach(uv_loop_t* loop, const WaitSet& wait_set, WakeListener& listener) {
		if (uv_poll_init(loop, &ready_, pollable(wait_set)) != 0) {
			return false;
		}
		listener_ = &listener;
		ready_.data = this;
		open_handles_ = 2;
		uv_idle_init(loop, &each_turn_);
		each_turn_.data = this;
		uv_poll_start(&ready_, UV_READABLE, [](uv_poll_t* handle, int, int) { of(handle).listener_->on_ready(); });
		return true;
	}

	template <class UvHandle>
	static LoopWatch& of(const UvHandle* handle) {
		return *static_cast<LoopWatch*>(handle->data);
	}
	static void on_closed(uv_handle_t* handle) {
		LoopWatch& watch = of(handle);
		watch.open_handles_ -= 1;
		if (watch.open_handles_ == 0) {
			watch.released_(watch.released_context_);
			delete &watch;
		}
	}

	uv_poll_t ready_{};
	uv_idle_t each_turn_{};
	WakeListener* listener_ = nullptr;
	Released released_ = nullptr;
	void* released_context_ = nullptr;
	int open_handles_ = 0;
};

} // namespace

WakeSource* attach_to_loop(uv_loop_t* loop, const WaitSet& wait_set, WakeListener& listener) {
	return LoopWatch::start(loop, wait_set, listener);
}

} // namespace ringwire
