// The lower bound of the cost of a call from JavaScript into an addon.
#include <node_api.h>

namespace {

napi_value empty_call(napi_env, napi_callback_info) {
	return nullptr;
}

} // namespace

NAPI_MODULE_INIT() {
	napi_value function = nullptr;
	if (napi_create_function(env, "emptyCall", NAPI_AUTO_LENGTH, empty_call, nullptr, &function) != napi_ok ||
	    napi_set_named_property(env, exports, "emptyCall", function) != napi_ok) {
		napi_throw_error(env, nullptr, "cannot create the addon");
	}
	return exports;
}
