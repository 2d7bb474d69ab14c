// Buffers over memory that is not V8's: the only ones of the addon are made here.
#pragma once

#include <js_native_api.h>

#include <cstddef>

namespace ringwire {

// `finalize` is called with `hint` when the memory is used no longer. False: the runtime forbids such buffers (Electron), or this build, or
// RINGWIRE_NO_EXTERNAL_BUFFERS=1 in the environment.
[[nodiscard]] bool make_external_buffer(napi_env env, std::byte* bytes, size_t length, napi_finalize finalize,
                                        void* hint, napi_value& buffer);

} // namespace ringwire
