// A libuv loop watches a wait set by the one descriptor that it has on Linux.
#include <uv.h>

#include "binding/linux/loops.h"
#include "platform/linux/pollable.h"

// A host without libuv loads the addon too.
#pragma weak uv_close
#pragma weak uv_idle_init
#pragma weak uv_idle_start
#pragma weak uv_idle_stop
#pragma weak uv_poll_init
#pragma weak uv_poll_start
#pragma weak uv_poll_stop
#pragma weak uv_ref
#pragma weak uv_unref

namespace ringwire {

namespace {

class LibuvLoop;

// Lives until libuv has closed its handles, which is after the wait set and the listener are gone.
class LibuvSource final : public WakeSource {
public:
	// Null: the loop cannot watch it.
	[[nodiscard]] static LibuvSource* attach(LibuvLoop& owner, uv_loop_t* loop, const WaitSet& set,
	                                         WakeListener& listener) {
		auto* source = new LibuvSource(owner);
		if (!source->start(loop, set, listener)) {
			delete source;
			return nullptr;
		}
		return source;
	}
	void detach() override;

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
	~LibuvSource() = default; // `detach` ends in it

private:
	explicit LibuvSource(LibuvLoop& owner) : owner_(owner) {}

	[[nodiscard]] bool start(uv_loop_t* loop, const WaitSet& set, WakeListener& listener) {
		if (uv_poll_init(loop, &ready_, pollable(set)) != 0) {
			return false;
		}
		listener_ = &listener;
		ready_.data = this;
		uv_idle_init(loop, &each_turn_);
		each_turn_.data = this;
		uv_poll_start(&ready_, UV_READABLE, [](uv_poll_t* handle, int, int) { of(handle).listener_->on_ready(); });
		return true;
	}

	template <class UvHandle>
	static LibuvSource& of(const UvHandle* handle) {
		return *static_cast<LibuvSource*>(handle->data);
	}
	static void on_closed(uv_handle_t* handle);

	LibuvLoop& owner_;
	uv_poll_t ready_{};
	uv_idle_t each_turn_{};
	WakeListener* listener_ = nullptr;
	int open_handles_ = 2;
};

class LibuvLoop final : public EventLoop {
public:
	explicit LibuvLoop(Owner& owner) : owner_(owner) {}

	[[nodiscard]] bool open(napi_env env) {
		return napi_get_uv_event_loop(env, &loop_) == napi_ok &&
		       napi_add_async_cleanup_hook(env, on_cleanup, this, &hook_) == napi_ok;
	}

	WakeSource* attach(const WaitSet& set, WakeListener& listener) override {
		return LibuvSource::attach(*this, loop_, set, listener);
	}
	[[nodiscard]] bool has_turns() const override { return true; }
	// The loop watches on the thread that is blocked.
	void suspend() override {}
	void resume() override {}

	void closing() { closing_ += 1; }
	void closed() {
		closing_ -= 1;
		finish_end();
	}

private:
	static void on_cleanup(napi_async_cleanup_hook_handle, void* data) {
		auto* loop = static_cast<LibuvLoop*>(data);
		loop->ending_ = true;
		loop->owner_.on_end();
		loop->finish_end();
	}

	// The environment waits for the hook to be removed, and turns the loop meanwhile.
	void finish_end() {
		if (ending_ && closing_ == 0 && hook_ != nullptr) {
			napi_remove_async_cleanup_hook(hook_);
			hook_ = nullptr;
		}
	}

	Owner& owner_;
	uv_loop_t* loop_ = nullptr;
	napi_async_cleanup_hook_handle hook_ = nullptr;
	int closing_ = 0; // sources
	bool ending_ = false;
};

void LibuvSource::detach() {
	listener_ = nullptr;
	owner_.closing();
	uv_poll_stop(&ready_);
	uv_idle_stop(&each_turn_);
	uv_close(reinterpret_cast<uv_handle_t*>(&ready_), on_closed);
	uv_close(reinterpret_cast<uv_handle_t*>(&each_turn_), on_closed);
}

void LibuvSource::on_closed(uv_handle_t* handle) {
	LibuvSource* source = &of(handle);
	source->open_handles_ -= 1;
	if (source->open_handles_ == 0) {
		LibuvLoop& owner = source->owner_;
		delete source;
		owner.closed();
	}
}

} // namespace

std::unique_ptr<EventLoop> open_libuv_loop(napi_env env, EventLoop::Owner& owner) {
	auto loop = std::make_unique<LibuvLoop>(owner);
	if (!loop->open(env)) {
		return nullptr;
	}
	return loop;
}

} // namespace ringwire
