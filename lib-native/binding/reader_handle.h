// NativeReader of src/native/boundary.ts.
#pragma once

#include <memory>

#include "binding/handle.h"
#include "channel/reader/reader_endpoint.h"

namespace ringwire {

class ReaderHandle final : public Handle {
public:
	// openReader(contract, options, onWake)
	static Napi::Value open(const Napi::CallbackInfo& info);
	// As given, for a reader on the loop of this environment.
	static ReaderOptions options_of(Napi::Env env, const Napi::Object& object);
	// Attaches an open reader to the loop. Null: an exception is pending. Otherwise the caller calls `object` or `leave`.
	static ReaderHandle* make(Napi::Env env, std::unique_ptr<ReaderEndpoint> reader, const Napi::Function& on_wake);
	// The JavaScript object of the handle. The handle lives as long as this object.
	Napi::Object object(Napi::Env env);

private:
	explicit ReaderHandle(std::unique_ptr<ReaderEndpoint> reader) : reader_(std::move(reader)) {}

	[[nodiscard]] Endpoint* endpoint() override { return reader_.get(); }
	void forget_endpoint() override;
	void fill_stats(Napi::Object& stats) override;
	void on_turn() override;
	void after_service() override { poll_each_turn(reader_->polling()); }

	napi_value read_batch(Call& call);
	napi_value commit(Call& call);
	napi_value available(Call& call);
	napi_value wait(Call& call);
	napi_value cancel_wait(Call& call);
	napi_value wait_sync(Call& call);

	std::unique_ptr<ReaderEndpoint> reader_;
	ReaderCounts last_counts_;
};

} // namespace ringwire
