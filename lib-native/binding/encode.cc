#include "binding/encode.h"

#include <cinttypes>
#include <cstdio>

namespace ringwire {

namespace {

const char* reason_name(Event::Reason reason) {
	switch (reason) {
	case Event::Reason::kClosed:
		return "closed";
	case Event::Reason::kDied:
		return "died";
	case Event::Reason::kCorrupt:
		break;
	}
	return "corrupt";
}

Overflow decode_overflow(const Napi::Object& object, const char* key) {
	const std::string name = decode_text(object, key);
	for (size_t i = 0; i < std::size(kOverflowNames); ++i) {
		if (name == kOverflowNames[i]) {
			return static_cast<Overflow>(i);
		}
	}
	return Overflow::kBlock;
}

// A number: -1 `ended`, 0 `closed`, n `{ writers: n }`. Undefined is -1.
EndRule decode_until(const Napi::Value& value) {
	const int64_t until = value.IsNumber() ? value.As<Napi::Number>().Int64Value() : -1;
	if (until < 0) {
		return {};
	}
	return until == 0 ? EndRule{EndRule::Kind::kClosed, 0}
	                  : EndRule{EndRule::Kind::kWriters, static_cast<uint64_t>(until)};
}

void fill_failure(Napi::Object target, const Status& status) {
	target.Set("code", code_name(status.code));
	if (status.error != 0) {
		target.Set("syscall", status.syscall);
		target.Set("errno", status.error);
	}
}

} // namespace

Napi::Object encode_failure(Napi::Env env, const Status& status) {
	Napi::Object failure = Napi::Object::New(env);
	failure.Set("message", status.message);
	fill_failure(failure, status);
	return failure;
}

void throw_failure(Napi::Env env, const Status& status) {
	const Napi::Error error = Napi::Error::New(env, status.message);
	fill_failure(error.Value(), status);
	error.ThrowAsJavaScriptException();
}

Napi::Object encode_peer(Napi::Env env, const Peer& peer) {
	char id[17];
	std::snprintf(id, sizeof id, "%016" PRIx64, peer.id);
	Napi::Object object = Napi::Object::New(env);
	object.Set("id", id);
	object.Set("pid", peer.process);
	object.Set("uid", peer.user);
	object.Set("role", std::string(role_name(peer.role)));
	return object;
}

Napi::Object encode_link_counts(Napi::Env env, const LinkCounts& counts) {
	Napi::Object object = Napi::Object::New(env);
	object.Set("peer", encode_peer(env, counts.peer));
	object.Set("messages", encode_count(env, counts.messages));
	object.Set("bytes", encode_count(env, counts.bytes));
	object.Set("lost", encode_count(env, counts.lost));
	object.Set("rings", encode_count(env, counts.rings));
	object.Set("leases", encode_count(env, counts.leases));
	constexpr double kNanosPerMillisecond = 1e6;
	object.Set("oldestLeaseMs", static_cast<double>(counts.oldest_lease_nanos) / kNanosPerMillisecond);
	return object;
}

Napi::Object encode_event(Napi::Env env, const Event& event) {
	Napi::Object object = Napi::Object::New(env);
	const bool has_peer = event.peer.id != 0;
	if (event.type != Event::Type::kEnd) {
		object.Set("peer", has_peer ? encode_peer(env, event.peer) : env.Undefined());
	}
	switch (event.type) {
	case Event::Type::kConnect:
		object.Set("type", "connect");
		break;
	case Event::Type::kDisconnect:
		object.Set("type", "disconnect");
		object.Set("reason", reason_name(event.reason));
		object.Set("ended", event.ended);
		break;
	case Event::Type::kLost:
		object.Set("type", "lost");
		object.Set("count", encode_count(env, event.count));
		break;
	case Event::Type::kEnd:
		object.Set("type", "end");
		break;
	case Event::Type::kShutdown:
		object.Set("type", "shutdown");
		break;
	case Event::Type::kError:
		object.Set("type", "error");
		object.Set("failure", encode_failure(env, event.status));
		break;
	case Event::Type::kRefused:
		object.Set("type", "refused");
		object.Set("failure", encode_failure(env, event.status));
		break;
	}
	return object;
}

std::string decode_text(const Napi::Object& object, const char* key) {
	const Napi::Value value = object.Get(key);
	return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

uint64_t decode_count(const Napi::Object& object, const char* key) {
	const Napi::Value value = object.Get(key);
	const double count = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
	return count > 0 ? static_cast<uint64_t>(count) : 0;
}

bool decode_flag(const Napi::Object& object, const char* key) {
	const Napi::Value value = object.Get(key);
	return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

uint32_t decode_group(const Napi::Value& value) {
	return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : kNoGroup;
}

Contract decode_contract(const Napi::Object& object) {
	Contract contract;
	contract.name = decode_text(object, "name");
	contract.codec = decode_text(object, "codec");
	contract.layout = decode_text(object, "layout");
	contract.layout_to_client = decode_text(object, "layoutToClient");
	contract.directory = decode_text(object, "directory");
	contract.group = decode_group(object.Get("group"));
	contract.overflow = decode_overflow(object, "overflow");
	contract.codec_to_client = decode_text(object, "codecToClient");
	contract.overflow_to_client = decode_overflow(object, "overflowToClient");
	return contract;
}

LaneGeometry decode_geometry(const Napi::Object& object) {
	return {decode_count(object, "capacity"), decode_count(object, "messageMax"),
	        static_cast<uint32_t>(decode_count(object, "depth"))};
}

ReaderOptions decode_reader_options(const Napi::Object& object) {
	ReaderOptions options;
	options.from_newest = decode_text(object, "from") == "newest";
	options.order_by_time = decode_text(object, "order") == "time";
	options.lossy = decode_flag(object, "lossy");
	options.spin_nanos = decode_count(object, "spinMicros") * 1000;
	const uint64_t message_max = decode_count(object, "messageMax");
	options.message_max = message_max == 0 ? UINT64_MAX : message_max;
	options.until = decode_until(object.Get("until"));
	return options;
}

Pauses decode_pauses(const Napi::Object& object) {
	constexpr uint64_t kNanosPerMillisecond = 1'000'000;
	return {decode_count(object, "pauseMs") * kNanosPerMillisecond,
	        decode_count(object, "pauseMsMax") * kNanosPerMillisecond};
}

} // namespace ringwire
