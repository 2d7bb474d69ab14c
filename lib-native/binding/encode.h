// Converts native values to JavaScript values and back. It makes no decisions.
#pragma once

#include <napi.h>

#include <string>

#include "channel/event.h"
#include "channel/reader/reader_endpoint.h"
#include "core/layout.h"
#include "core/status.h"

namespace ringwire {

// { code, message, syscall?, errno? }
[[nodiscard]] Napi::Object encode_failure(Napi::Env env, const Status& status);
// Throws an Error with the same fields.
void throw_failure(Napi::Env env, const Status& status);
[[nodiscard]] Napi::Object encode_peer(Napi::Env env, const Peer& peer);
[[nodiscard]] Napi::Object encode_link_counts(Napi::Env env, const LinkCounts& counts);
[[nodiscard]] Napi::Object encode_event(Napi::Env env, const Event& event);

[[nodiscard]] inline Napi::Value encode_count(Napi::Env env, uint64_t count) {
	return Napi::Number::New(env, static_cast<double>(count)); // at most 2^53
}

// The arguments were checked in JavaScript. A missing option reads as zero or empty. So does every option while the
// environment is being terminated, because no property can be read then.
[[nodiscard]] std::string decode_text(const Napi::Object& object, const char* key);
[[nodiscard]] uint64_t decode_count(const Napi::Object& object, const char* key);
[[nodiscard]] bool decode_flag(const Napi::Object& object, const char* key);
// undefined: no group.
[[nodiscard]] uint32_t decode_group(const Napi::Value& value);
[[nodiscard]] Contract decode_contract(const Napi::Object& object);
[[nodiscard]] LaneGeometry decode_geometry(const Napi::Object& object);
[[nodiscard]] ReaderOptions decode_reader_options(const Napi::Object& object);
[[nodiscard]] Pauses decode_pauses(const Napi::Object& object);

} // namespace ringwire
