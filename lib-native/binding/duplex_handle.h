// NativeServer and NativeClient of src/native/boundary.ts.
#pragma once

#include <memory>

#include "binding/handle.h"
#include "channel/duplex/duplex_endpoint.h"

namespace ringwire {

class DuplexHandle final : public Handle {
public:
	// listen(contract, connectionsMax, onWake)
	static Napi::Value listen(const Napi::CallbackInfo& info);
	// connect(contract, pauses, onWake)
	static Napi::Value connect(const Napi::CallbackInfo& info);

private:
	explicit DuplexHandle(std::unique_ptr<DuplexEndpoint> duplex) : duplex_(std::move(duplex)) {}
	static Napi::Value make(Napi::Env env, Role role, const Napi::Object& contract, uint64_t connections_max,
	                        const Pauses& pauses, const Napi::Function& on_wake);

	[[nodiscard]] Endpoint* endpoint() override { return duplex_.get(); }
	void forget_endpoint() override { duplex_.reset(); }
	void fill_stats(Napi::Object&) override {}

	napi_value take_connection(Call& call);
	napi_value connection_over(Call& call);

	std::unique_ptr<DuplexEndpoint> duplex_;
};

} // namespace ringwire
