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
	Contract decoded = decode_contract(contract);
	auto duplex = std::make_unique<DuplexEndpoint>(decoded, role, connections_max);
	duplex->pause(pauses);
	const Status status = duplex->open();
	if (!status.ok()) {
		throw_failure(env, status);
		return env.Undefined();
	}
	auto* handle = new DuplexHandle(std::move(duplex), std::move(decoded));
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
	const std::unique_ptr<Introduction> introduction = duplex_ ? duplex_->take_introduction() : nullptr;
	if (introduction == nullptr) {
		return env.Undefined();
	}
	Contract to_server = contract_;
	Contract to_client = contract_;
	to_client.codec = contract_.codec_to_client;
	to_client.overflow = contract_.overflow_to_client;
	const bool we_are_server = introduction->peer.role == Role::kClient;

	auto writer = std::make_unique<WriterEndpoint>(we_are_server ? to_client : to_server,
	                                               decode_geometry(Napi::Object(env, call.arguments[0])));
	Status status = writer->open_on(introduction->to_peer.release(), introduction->peer);
	const Napi::Value writer_object =
		WriterHandle::make(env, status, std::move(writer), Napi::Function(env, call.arguments[2]));
	if (env.IsExceptionPending()) {
		return nullptr;
	}
	auto reader = std::make_unique<ReaderEndpoint>(we_are_server ? to_server : to_client,
	                                               decode_reader_options(Napi::Object(env, call.arguments[1])));
	status = reader->open_on(introduction->from_peer.release(), introduction->peer);
	const Napi::Value reader_object =
		ReaderHandle::make(env, status, std::move(reader), Napi::Function(env, call.arguments[3]));
	if (env.IsExceptionPending()) {
		return nullptr; // the writer leaves when its object is collected
	}
	Napi::Object connection = Napi::Object::New(env);
	connection.Set("peer", encode_peer(env, introduction->peer));
	connection.Set("writer", writer_object);
	connection.Set("reader", reader_object);
	return connection;
}

napi_value DuplexHandle::connection_over(Call&) {
	if (duplex_) {
		duplex_->connection_over();
	}
	return nullptr;
}

} // namespace ringwire
