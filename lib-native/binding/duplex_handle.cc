#include "binding/duplex_handle.h"

#include <utility>

#include "binding/encode.h"
#include "binding/reader_handle.h"
#include "binding/writer_handle.h"

namespace ringwire {

Napi::Value DuplexHandle::listen(const Napi::CallbackInfo& info) {
	const auto connections_max = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
	return make(info.Env(), Role::kServer, info[0].As<Napi::Object>(), connections_max, {},
	            info[2].As<Napi::Function>());
}

Napi::Value DuplexHandle::connect(const Napi::CallbackInfo& info) {
	return make(info.Env(), Role::kClient, info[0].As<Napi::Object>(), 1, decode_pauses(info[1].As<Napi::Object>()),
	            info[2].As<Napi::Function>());
}

Napi::Value DuplexHandle::make(Napi::Env env, Role role, const Napi::Object& contract, uint64_t connections_max,
                               const Pauses& pauses, const Napi::Function& on_wake) {
	auto duplex = std::make_unique<DuplexEndpoint>(decode_contract(contract), role, connections_max);
	duplex->pause(pauses);
	const Status status = duplex->open();
	if (!status.ok()) {
		throw_failure(env, status);
		return env.Undefined();
	}
	auto* handle = new DuplexHandle(std::move(duplex));
	if (!handle->start(env, on_wake)) {
		delete handle;
		return env.Undefined();
	}
	Napi::Object object = Napi::Object::New(env);
	handle->add_common(env, object);
	handle->add<DuplexHandle, &DuplexHandle::take_connection>(env, object, "takeConnection");
	handle->add<DuplexHandle, &DuplexHandle::connection_over>(env, object, "connectionOver");
	return object;
}

// takeConnection(writerOptions, readerOptions, onWakeWriter, onWakeReader)
napi_value DuplexHandle::take_connection(Call& call) {
	const Napi::Env env(call.env);
	Connection opened;
	const Status status =
		!duplex_
			? Status{}
			: duplex_->take_connection(decode_geometry(Napi::Object(env, call.arguments[0])),
	                                   ReaderHandle::options_of(env, Napi::Object(env, call.arguments[1])), opened);
	if (!status.ok()) {
		throw_failure(env, status);
		return nullptr;
	}
	if (opened.writer == nullptr) {
		return env.Undefined();
	}
	WriterHandle* writer = WriterHandle::make(env, std::move(opened.writer), Napi::Function(env, call.arguments[2]));
	if (writer == nullptr) {
		return nullptr;
	}
	ReaderHandle* reader = ReaderHandle::make(env, std::move(opened.reader), Napi::Function(env, call.arguments[3]));
	if (reader == nullptr) {
		writer->leave();
		delete writer;
		return nullptr;
	}
	Napi::Object connection = Napi::Object::New(env);
	connection.Set("peer", encode_peer(env, opened.peer));
	connection.Set("writer", writer->object(env));
	connection.Set("reader", reader->object(env));
	return connection;
}

napi_value DuplexHandle::connection_over(Call&) {
	if (duplex_) {
		duplex_->connection_over();
	}
	return nullptr;
}

} // namespace ringwire
