#include "binding/buffers/external_buffer.h"

#include <cstdlib>
#include <cstring>

// NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED is defined for all files, and the header has no declaration then. RINGWIRE_NO_EXTERNAL_BUFFERS leaves them
// out of the build.
#if defined(NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED) && !defined(RINGWIRE_NO_EXTERNAL_BUFFERS)
extern "C" NAPI_EXTERN napi_status NAPI_CDECL napi_create_external_arraybuffer(napi_env env, void* data, size_t length,
                                                                               napi_finalize finalize, void* hint,
                                                                               napi_value* result);
#endif

namespace ringwire {

#ifdef RINGWIRE_NO_EXTERNAL_BUFFERS

bool make_external_buffer(napi_env, std::byte*, size_t, napi_finalize, void*, napi_value&) {
	return false;
}

#else

namespace {

bool are_forbidden() {
	static const bool forbidden = [] {
		const char* value = std::getenv("RINGWIRE_NO_EXTERNAL_BUFFERS");
		return value != nullptr && std::strcmp(value, "1") == 0;
	}();
	return forbidden;
}

} // namespace

bool make_external_buffer(napi_env env, std::byte* bytes, size_t length, napi_finalize finalize, void* hint,
                          napi_value& buffer) {
	return !are_forbidden() && napi_create_external_arraybuffer(env, bytes, length, finalize, hint, &buffer) == napi_ok;
}

#endif

} // namespace ringwire
