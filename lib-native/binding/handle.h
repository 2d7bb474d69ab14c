// The common part of the handles: an object with functions for JavaScript, a source on the event loop, and an end by `leave`,
// by garbage collection or with the environment, whichever is first.
//
// Every function of the object holds a pointer to the handle. The handle lives until the last function is collected, so that
// no order of collection leaves a dangling pointer.
#pragma once

#include <napi.h>

#include <type_traits>

#include "binding/environment.h"
#include "channel/endpoint/endpoint.h"
#include "platform/fork.h"
#include "platform/wake_source.h"

namespace ringwire {

class Handle : public WakeListener {
public:
	Handle(const Handle&) = delete;
	Handle& operator=(const Handle&) = delete;
	virtual ~Handle() = default;

	// Idempotent. The endpoint leaves and all resources are released. `stats` still works. Does nothing in a child by fork: the event loop
	// there has the same wait set in the kernel as that of the parent.
	void leave(bool send_bye = true);
	// To be called before `leave` if no code of the environment runs any more.
	virtual void before_end() {}
	// Null after `leave`.
	[[nodiscard]] virtual Endpoint* endpoint() = 0;

protected:
	Handle() = default;

	struct Call {
		napi_env env;
		napi_value arguments[4];
	};

	// Attaches the endpoint to the loop. False: an exception is pending, and the caller deletes the handle.
	[[nodiscard]] bool start(Napi::Env env, const Napi::Function& on_wake);

	// Adds a function to the object. `Method` is a member function of H: napi_value (Call&).
	template <typename H, napi_value (H::*Method)(Call&)>
	void add(Napi::Env env, Napi::Object& object, const char* name) {
		napi_value function = nullptr;
		napi_create_function(env, name, NAPI_AUTO_LENGTH, invoke<H, Method>, static_cast<H*>(this), &function);
		napi_add_finalizer(
			env, function, static_cast<Handle*>(this),
			[](napi_env, void* handle, void*) { static_cast<Handle*>(handle)->collected(); }, nullptr, nullptr);
		object.Set(name, Napi::Value(env, function));
		functions_ += 1;
	}
	void add_common(Napi::Env env, Napi::Object& object);

	virtual void forget_endpoint() = 0;
	virtual void fill_stats(Napi::Object& stats) = 0;

	// Calls JavaScript with the events.
	void wake(uint32_t bits);
	void poll_each_turn(bool wanted);
	// Around a call that blocks the thread. The handle must be open.
	[[nodiscard]] SuspendedLoop suspend_loop() { return SuspendedLoop(environment_->loop()); }

	void on_ready() override;
	void on_turn() override {}
	virtual void after_service() {}
	// Bits of `Wake` in src/native/boundary.ts that the endpoint does not know.
	virtual uint32_t own_wakes() { return 0; }

	napi_value take_events(Call& call);
	napi_value stats(Call& call);
	napi_value ref(Call& call);
	napi_value unref(Call& call);
	napi_value shutdown(Call& call);
	napi_value leave_called(Call& call);

private:
	// Tells the garbage collector how much shared memory depends on this handle, so that it collects dropped handles in time.
	void report_memory();
	template <typename H, napi_value (H::*Method)(Call&)>
	static napi_value invoke(napi_env env, napi_callback_info info) {
		Call call{env, {}};
		size_t count = std::size(call.arguments);
		void* handle = nullptr;
		napi_get_cb_info(env, info, &count, call.arguments, nullptr, &handle);
		auto* self = static_cast<H*>(handle);
		if (!works_in_child<H, Method>() && !static_cast<Handle*>(self)->opener_.is_of_this_process()) {
			refuse_in_child(env);
			return nullptr;
		}
		return (self->*Method)(call);
	}
	template <typename H, napi_value (H::*Method)(Call&)>
	static constexpr bool works_in_child() {
		if constexpr (std::is_same_v<H, Handle>) {
			return Method == &Handle::leave_called;
		}
		return false;
	}
	static void refuse_in_child(napi_env env);
	void collected();

	const ProcessMark opener_;
	Environment* environment_ = nullptr;
	WakeSource* source_ = nullptr;
	Napi::FunctionReference on_wake_;
	napi_env env_ = nullptr;
	int64_t reported_bytes_ = 0;
	uint64_t rings_ = 0;
	int functions_ = 0;
	bool polling_ = false;
};

// A typed array's bytes.
struct Bytes {
	std::byte* data = nullptr;
	size_t length = 0; // in elements
};
[[nodiscard]] Bytes bytes_of(napi_env env, napi_value typed_array);
[[nodiscard]] double number_of(napi_env env, napi_value value);
[[nodiscard]] napi_value boolean(napi_env env, bool value);
[[nodiscard]] napi_value number(napi_env env, double value);
[[nodiscard]] napi_value integer(napi_env env, int32_t value);

// Milliseconds from now as a point of the monotonic clock; Infinity means no deadline.
[[nodiscard]] uint64_t deadline_after(double milliseconds);

} // namespace ringwire
