#include "binding/environment.h"

#include "binding/handle.h"

namespace ringwire {

bool Environment::install(napi_env env) {
	auto* environment = new Environment();
	const napi_status stored = napi_set_instance_data(
		env, environment, [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); }, nullptr);
	if (stored != napi_ok) {
		delete environment;
		return false;
	}
	return napi_get_uv_event_loop(env, &environment->loop_) == napi_ok &&
	       napi_add_async_cleanup_hook(env, on_teardown, environment, &environment->hook_) == napi_ok;
}

Environment& Environment::of(napi_env env) {
	void* data = nullptr;
	napi_get_instance_data(env, &data);
	return *static_cast<Environment*>(data);
}

void Environment::opened(Handle& handle) {
	handles_.insert(&handle);
	neighbours_.add(*handle.endpoint());
	handle.endpoint()->live_among(neighbours_);
}

void Environment::closing(Handle& handle) {
	handles_.erase(&handle);
	neighbours_.remove(*handle.endpoint());
	watches_closing_ += 1;
}

void Environment::released() {
	watches_closing_ -= 1;
	finish_teardown();
}

void Environment::leave_all(bool send_bye) {
	while (!handles_.empty()) {
		Handle* handle = *handles_.begin();
		handles_.erase(handle); // here, because in a child by fork it does not leave
		handle->leave(send_bye);
	}
}

void Environment::on_teardown(napi_async_cleanup_hook_handle, void* data) {
	auto* environment = static_cast<Environment*>(data);
	environment->tearing_down_ = true;
	environment->leave_all(true);
	environment->finish_teardown();
}

void Environment::finish_teardown() {
	if (tearing_down_ && watches_closing_ == 0 && hook_ != nullptr) {
		napi_remove_async_cleanup_hook(hook_);
		hook_ = nullptr;
	}
}

} // namespace ringwire
