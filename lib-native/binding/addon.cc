// The addon's functions, see NativeAddon in src/native/boundary.ts.
#include <napi.h>

#include <vector>

#include "binding/duplex_handle.h"
#include "binding/encode.h"
#include "binding/environment.h"
#include "binding/pool.h"
#include "binding/reader_handle.h"
#include "binding/writer_handle.h"
#include "channel/listing/listing.h"

namespace ringwire {

namespace {

Napi::Value encode_listed(Napi::Env env, const Listed& listed) {
	Napi::Object object = Napi::Object::New(env);
	object.Set("channel", listed.channel);
	object.Set("peer", encode_peer(env, listed.peer));
	object.Set("answered", listed.answered);
	object.Set("codec", listed.codec);
	object.Set("overflow", listed.overflow);
	object.Set("peers", encode_count(env, listed.peers));
	object.Set("capacity", encode_count(env, listed.capacity));
	object.Set("depth", encode_count(env, listed.depth));
	object.Set("unread", encode_count(env, listed.unread));
	object.Set("unreadBytes", encode_count(env, listed.unread_bytes));
	object.Set("messages", encode_count(env, listed.messages));
	object.Set("holders", encode_count(env, listed.holders));
	object.Set("poolBytes", encode_count(env, listed.pool_bytes));
	object.Set("poolUsed", encode_count(env, listed.pool_used));
	object.Set("leases", encode_count(env, listed.leases));
	object.Set("oldestLeaseMs", static_cast<double>(listed.oldest_lease_nanos) / 1e6);
	object.Set("waiting", Napi::Number::New(env, listed.waiting));
	return object;
}

// listChannels(directory, group, timeoutMs)
Napi::Value list(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const std::string directory = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
	const auto timeout_nanos = static_cast<uint64_t>(info[2].As<Napi::Number>().DoubleValue() * 1e6);
	std::vector<Listed> listed;
	const Status status = list_channels(directory, decode_group(info[1]), timeout_nanos, listed);
	if (!status.ok()) {
		throw_failure(env, status);
		return env.Undefined();
	}
	Napi::Array entries = Napi::Array::New(env);
	for (const Listed& entry : listed) {
		entries.Set(entries.Length(), encode_listed(env, entry));
	}
	return entries;
}

// leaveAll(sayBye)
void leave_all(const Napi::CallbackInfo& info) {
	Environment::of(info.Env()).leave_all(info[0].IsBoolean() && info[0].As<Napi::Boolean>().Value());
}

} // namespace

static Napi::Object export_functions(Napi::Env env, Napi::Object exports) {
	if (!Environment::install(env)) {
		throw_failure(env, Status::failure(Code::kUnsupported, "this environment has no event loop to run on"));
		return exports;
	}
	exports.Set("createPool", Napi::Function::New(env, Pool::create, "createPool"));
	exports.Set("openWriter", Napi::Function::New(env, WriterHandle::open, "openWriter"));
	exports.Set("openReader", Napi::Function::New(env, ReaderHandle::open, "openReader"));
	exports.Set("listen", Napi::Function::New(env, DuplexHandle::listen, "listen"));
	exports.Set("connect", Napi::Function::New(env, DuplexHandle::connect, "connect"));
	exports.Set("leaveAll", Napi::Function::New(env, leave_all, "leaveAll"));
	exports.Set("listChannels", Napi::Function::New(env, list, "listChannels"));
	return exports;
}

} // namespace ringwire

// The macro needs a name without a namespace.
static Napi::Object init_ringwire(Napi::Env env, Napi::Object exports) {
	return ringwire::export_functions(env, exports);
}
NODE_API_MODULE(ringwire, init_ringwire)
