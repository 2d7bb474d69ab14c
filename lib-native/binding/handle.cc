#include "binding/handle.h"

#include "binding/encode.h"
#include "platform/clock.h"

namespace ringwire {

bool Handle::start(Napi::Env env, const Napi::Function& on_wake) {
	environment_ = &Environment::of(env);
	source_ = environment_->loop().attach(endpoint()->wait_set(), *this);
	if (source_ == nullptr) {
		environment_ = nullptr;
		forget_endpoint();
		throw_failure(env, Status::failure(Code::kSystem, "the event loop could not watch one more descriptor"));
		return false;
	}
	on_wake_ = Napi::Persistent(on_wake);
	environment_->opened(*this);
	env_ = env;
	report_memory();
	return true;
}

void Handle::add_common(Napi::Env env, Napi::Object& object) {
	add<Handle, &Handle::take_events>(env, object, "takeEvents");
	add<Handle, &Handle::stats>(env, object, "stats");
	add<Handle, &Handle::ref>(env, object, "ref");
	add<Handle, &Handle::unref>(env, object, "unref");
	add<Handle, &Handle::shutdown>(env, object, "shutdown");
	add<Handle, &Handle::leave_called>(env, object, "leave");
}

void Handle::leave(bool send_bye) {
	if (endpoint() == nullptr || !opener_.is_of_this_process()) {
		return;
	}
	endpoint()->leave(send_bye);
	environment_->leaving(*this);
	// Before the wait set is destroyed.
	source_->detach();
	source_ = nullptr;
	rings_ = endpoint()->rings();
	forget_endpoint();
	on_wake_.Reset();
	report_memory();
}

void Handle::report_memory() {
	const int64_t bytes = endpoint() == nullptr ? 0 : static_cast<int64_t>(endpoint()->mapped_bytes());
	if (bytes != reported_bytes_) {
		int64_t total = 0;
		napi_adjust_external_memory(env_, bytes - reported_bytes_, &total);
		reported_bytes_ = bytes;
	}
}

void Handle::collected() {
	functions_ -= 1;
	if (functions_ == 0 &&
	    opener_.is_of_this_process()) { // else the loop still has the source, which refers to this handle
		leave();
		delete this;
	}
}

void Handle::refuse_in_child(napi_env env) {
	throw_failure(env,
	              Status::failure(Code::kClosed, "the handle belongs to the process that has forked this one, which "
	                                             "must open its own"));
}

void Handle::wake(uint32_t bits) {
	if (bits == kWakeNone || on_wake_.IsEmpty()) {
		return;
	}
	const Napi::Env env = on_wake_.Env();
	const Napi::HandleScope scope(env);
	napi_value result = nullptr;
	napi_value argument = number(env, bits);
	const napi_status status = napi_make_callback(env, nullptr, env.Global(), on_wake_.Value(), 1, &argument, &result);
	if (status == napi_pending_exception) {
		napi_value exception = nullptr;
		if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
			napi_fatal_exception(env, exception); // an 'uncaughtException', as with any callback
		}
	}
}

void Handle::poll_each_turn(bool wanted) {
	if (source_ != nullptr && wanted != polling_) {
		polling_ = wanted;
		source_->call_each_turn(wanted);
	}
}

void Handle::on_ready() {
	const uint32_t bits = endpoint()->service() | own_wakes();
	after_service();
	if ((bits & kWakeEvents) != 0) {
		report_memory(); // peers have come or gone
	}
	wake(bits);
}

napi_value Handle::take_events(Call& call) {
	const Napi::Env env(call.env);
	Napi::Array events = Napi::Array::New(env);
	Event event;
	while (endpoint() != nullptr && endpoint()->take_event(event)) {
		events.Set(events.Length(), encode_event(env, event));
	}
	return events;
}

napi_value Handle::stats(Call& call) {
	Napi::Object stats = Napi::Object::New(call.env);
	for (const char* key : {"messages", "bytes", "lost", "dropped", "spins", "sleeps"}) {
		stats.Set(key, 0);
	}
	fill_stats(stats);
	Napi::Array peers = Napi::Array::New(call.env);
	if (endpoint() != nullptr) {
		for (const LinkCounts& counts : endpoint()->link_counts()) {
			peers.Set(peers.Length(), encode_link_counts(call.env, counts));
		}
	}
	stats.Set("peers", peers);
	stats.Set("rings", encode_count(call.env, endpoint() != nullptr ? endpoint()->rings() : rings_));
	return stats;
}

napi_value Handle::ref(Call&) {
	if (source_ != nullptr) {
		source_->keep_alive(true);
	}
	return nullptr;
}

napi_value Handle::unref(Call&) {
	if (source_ != nullptr) {
		source_->keep_alive(false);
	}
	return nullptr;
}

napi_value Handle::shutdown(Call&) {
	if (endpoint() != nullptr) {
		endpoint()->shutdown();
	}
	return nullptr;
}

napi_value Handle::leave_called(Call&) {
	leave();
	return nullptr;
}

Bytes bytes_of(napi_env env, napi_value typed_array) {
	Bytes bytes;
	void* data = nullptr;
	if (napi_get_typedarray_info(env, typed_array, nullptr, &bytes.length, &data, nullptr, nullptr) != napi_ok) {
		return {};
	}
	bytes.data = static_cast<std::byte*>(data);
	return bytes;
}

double number_of(napi_env env, napi_value value) {
	double number = 0;
	napi_get_value_double(env, value, &number);
	return number;
}

napi_value boolean(napi_env env, bool value) {
	napi_value result = nullptr;
	napi_get_boolean(env, value, &result);
	return result;
}

napi_value number(napi_env env, double value) {
	napi_value result = nullptr;
	napi_create_double(env, value, &result);
	return result;
}

napi_value integer(napi_env env, int32_t value) {
	napi_value result = nullptr;
	napi_create_int32(env, value, &result);
	return result;
}

uint64_t deadline_after(double milliseconds) {
	constexpr double kForeverMillis = 1e12;
	if (!(milliseconds < kForeverMillis)) {
		return UINT64_MAX;
	}
	return monotonic_nanos() + static_cast<uint64_t>(milliseconds > 0 ? milliseconds * 1e6 : 0);
}

} // namespace ringwire
