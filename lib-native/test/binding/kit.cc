// An addon with which the laws of platform/event_loop.h run on a real loop, see test/programs/event-loop/kit.ts.
#include <napi.h>

#include <atomic>
#include <deque>
#include <optional>
#include <thread>

#include "binding/event_loop.h"
#include "binding/linux/loops.h"
#include "platform/clock.h"
#include "platform/wait_group.h"
#include "test/platform/link_pair.h"

namespace ringwire {

namespace {

std::atomic<int> attached_sources = 0; // of all environments

// A wait set with one link and its alarm, on the loop.
class Bell final : public WakeListener {
public:
	Bell(const Napi::Function& on_ready, const Napi::Function& on_turn)
		: on_ready_(Napi::Persistent(on_ready)), on_turn_(Napi::Persistent(on_turn)) {}
	Bell(const Bell&) = delete;
	Bell& operator=(const Bell&) = delete;
	~Bell() { stop_thread(); }

	[[nodiscard]] bool attach(EventLoop& loop) {
		open_.emplace();
		if (!open_->set.open().ok() || !open_->pair.made.ok() || !open_->set.watch(open_->pair.far, this)) {
			return false;
		}
		source_ = loop.attach(open_->set, *this);
		attached_sources += source_ != nullptr ? 1 : 0;
		return source_ != nullptr;
	}
	// The wait set is destroyed at once.
	void detach() {
		if (source_ != nullptr) {
			stop_thread();
			attached_sources -= 1;
			source_->detach();
			source_ = nullptr;
			open_.reset();
		}
	}
	[[nodiscard]] WakeSource* source() { return source_; }

	// False: the link is full.
	bool ring() { return open_ && send_text(open_->pair.near, "ring") == LinkEnd::Sent::kYes; }
	void ring_from_thread(int count) {
		stop_thread();
		thread_ = std::thread([this, count] {
			for (int rung = 0; rung < count && !stop_;) {
				rung += ring() ? 1 : 0;
				std::this_thread::yield();
			}
		});
	}
	void set_alarm(double milliseconds) {
		open_->set.set_alarm(monotonic_nanos() + static_cast<uint64_t>(milliseconds * 1e6));
	}
	// The rings and alarms since the last call.
	int take() {
		int taken = 0;
		void* tokens[WaitSet::kReadyMax];
		for (int count = 1; count > 0;) {
			count = open_ ? open_->set.collect(tokens, 0) : 0;
			for (int i = 0; i < count; ++i) {
				if (tokens[i] == nullptr) {
					taken += 1;
				} else {
					while (!receive_text(open_->pair.far).empty()) {
						taken += 1;
					}
				}
			}
		}
		return taken;
	}
	// Blocks until the set is ready.
	[[nodiscard]] bool block() {
		WaitGroup group;
		void* tokens[WaitSet::kReadyMax];
		return group.open().ok() && group.add(open_->set, this) && group.collect(tokens, WaitSet::kForever) == 1;
	}

	void on_ready() override { call(on_ready_); }
	void on_turn() override { call(on_turn_); }

private:
	struct Open {
		WaitSet set;
		LinkPair pair;
	};

	void stop_thread() {
		if (thread_.joinable()) {
			stop_ = true;
			thread_.join();
			stop_ = false;
		}
	}
	static void call(const Napi::FunctionReference& function) {
		const Napi::Env env = function.Env();
		const Napi::HandleScope scope(env);
		napi_value result = nullptr;
		if (napi_make_callback(env, nullptr, env.Global(), function.Value(), 0, nullptr, &result) ==
		    napi_pending_exception) {
			napi_value exception = nullptr;
			if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
				napi_fatal_exception(env, exception);
			}
		}
	}

	Napi::FunctionReference on_ready_;
	Napi::FunctionReference on_turn_;
	std::optional<Open> open_;
	WakeSource* source_ = nullptr;
	std::thread thread_;
	std::atomic<bool> stop_ = false;
};

// The loop of one environment and everything that was ever attached to it.
class Kit final : private EventLoop::Owner {
public:
	[[nodiscard]] bool open(const std::string& name, napi_env env) {
		loop_ = name == "thread" ? open_thread_loop(env, *this) : open_event_loop(env, *this);
		return loop_ != nullptr;
	}
	[[nodiscard]] EventLoop& loop() { return *loop_; }
	[[nodiscard]] Bell& bell(const Napi::Function& on_ready, const Napi::Function& on_turn) {
		return bells_.emplace_back(on_ready, on_turn);
	}

private:
	void on_end() override {
		for (Bell& bell : bells_) {
			bell.detach();
		}
	}

	std::unique_ptr<EventLoop> loop_;
	std::deque<Bell> bells_;
};

Kit& kit_of(Napi::Env env) {
	return *env.GetInstanceData<Kit>();
}

template <typename Body>
void add(Napi::Object& object, const char* name, Body body) {
	object.Set(name, Napi::Function::New(object.Env(), body, name));
}

Napi::Value attach(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	Kit& kit = kit_of(env);
	Bell* bell = &kit.bell(info[0].As<Napi::Function>(), info[1].As<Napi::Function>());
	if (!bell->attach(kit.loop())) {
		return env.Undefined();
	}
	Napi::Object object = Napi::Object::New(env);
	add(object, "ring", [bell](const Napi::CallbackInfo& call) { return Napi::Value::From(call.Env(), bell->ring()); });
	add(object, "take", [bell](const Napi::CallbackInfo& call) { return Napi::Value::From(call.Env(), bell->take()); });
	add(object, "block",
	    [bell](const Napi::CallbackInfo& call) { return Napi::Value::From(call.Env(), bell->block()); });
	add(object, "ringFromThread",
	    [bell](const Napi::CallbackInfo& call) { bell->ring_from_thread(call[0].As<Napi::Number>().Int32Value()); });
	add(object, "setAlarm",
	    [bell](const Napi::CallbackInfo& call) { bell->set_alarm(call[0].As<Napi::Number>().DoubleValue()); });
	add(object, "callEachTurn", [bell](const Napi::CallbackInfo& call) {
		bell->source()->call_each_turn(call[0].As<Napi::Boolean>().Value());
	});
	add(object, "keepAlive",
	    [bell](const Napi::CallbackInfo& call) { bell->source()->keep_alive(call[0].As<Napi::Boolean>().Value()); });
	add(object, "detach", [bell](const Napi::CallbackInfo&) { bell->detach(); });
	return object;
}

// open(name): 'addon' for the loop of the addon, or 'thread'
Napi::Value open(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	auto* kit = new Kit();
	env.SetInstanceData(kit);
	if (!kit->open(info[0].As<Napi::String>(), env)) {
		return env.Undefined();
	}
	Napi::Object object = Napi::Object::New(env);
	object.Set("hasTurns", kit->loop().has_turns());
	add(object, "attach", attach);
	add(object, "suspend", [](const Napi::CallbackInfo& call) { kit_of(call.Env()).loop().suspend(); });
	add(object, "resume", [](const Napi::CallbackInfo& call) { kit_of(call.Env()).loop().resume(); });
	add(object, "attachedSources",
	    [](const Napi::CallbackInfo& call) { return Napi::Value::From(call.Env(), attached_sources.load()); });
	return object;
}

} // namespace

static Napi::Object export_functions(Napi::Env env, Napi::Object exports) {
	exports.Set("open", Napi::Function::New(env, open, "open"));
	return exports;
}

} // namespace ringwire

// The macro needs a name without a namespace.
static Napi::Object init_event_loop_kit(Napi::Env env, Napi::Object exports) {
	return ringwire::export_functions(env, exports);
}
NODE_API_MODULE(event_loop_kit, init_event_loop_kit)
