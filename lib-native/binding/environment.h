// The state of one Node environment (the main thread or a worker): its open handles. When the environment ends, every endpoint leaves.
#pragma once

#include <node_api.h>

#include <memory>
#include <unordered_set>

#include "binding/event_loop.h"
#include "channel/endpoint/neighbours.h"

namespace ringwire {

class Handle;

class Environment final : private EventLoop::Owner {
public:
	// Creates the instance of the environment. Called once, when the addon is loaded into it. False: it has no event loop for us.
	static bool install(napi_env env);
	[[nodiscard]] static Environment& of(napi_env env);

	[[nodiscard]] EventLoop& loop() { return *loop_; }
	void opened(Handle& handle);
	void leaving(Handle& handle);
	void leave_all(bool send_bye);

protected:
	~Environment() = default; // with the environment of Node

private:
	Environment() = default;
	void on_end() override { leave_all(true); }

	std::unique_ptr<EventLoop> loop_;
	std::unordered_set<Handle*> handles_;
	Neighbours neighbours_;
};

} // namespace ringwire
