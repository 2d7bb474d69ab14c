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
	environment->loop_ = open_event_loop(env, *environment);
	return environment->loop_ != nullptr;
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

void Environment::leaving(Handle& handle) {
	handles_.erase(&handle);
	neighbours_.remove(*handle.endpoint());
}

void Environment::leave_all(bool send_bye) {
	while (!handles_.empty()) {
		Handle* handle = *handles_.begin();
		handles_.erase(handle); // here, because in a child by fork it does not leave
		handle->before_end();
		handle->leave(send_bye);
	}
}

} // namespace ringwire
