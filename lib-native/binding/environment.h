// The state of one Node environment (the main thread or a worker): its open handles. When the environment ends, every
// endpoint leaves, and the environment waits until its loop has released them.
#pragma once

#include <node_api.h>
#include <uv.h>

#include <unordered_set>

#include "channel/endpoint/neighbours.h"

namespace ringwire {

class Handle;

class Environment {
public:
	// Creates the instance of the environment. Called once, when the addon is loaded into it.
	static bool install(napi_env env);
	[[nodiscard]] static Environment& of(napi_env env);

	[[nodiscard]] uv_loop_t* loop() const { return loop_; }
	void opened(Handle& handle);
	// The handle has left. Its watch is not released yet.
	void closing(Handle& handle);
	void released();
	void leave_all(bool send_bye);

private:
	Environment() = default;
	static void on_teardown(napi_async_cleanup_hook_handle hook, void* environment);
	void finish_teardown();

	uv_loop_t* loop_ = nullptr;
	napi_async_cleanup_hook_handle hook_ = nullptr;
	std::unordered_set<Handle*> handles_;
	Neighbours neighbours_;
	int watches_closing_ = 0;
	bool tearing_down_ = false;
};

} // namespace ringwire
