// NativeReader of src/native/boundary.ts.
#pragma once

#include <memory>
#include <unordered_map>

#include "binding/buffers/leased_memory.h"
#include "binding/handle.h"
#include "channel/reader/reader_endpoint.h"

namespace ringwire {

class ReaderHandle final : public Handle, private LeasedMemory::Owner {
public:
	~ReaderHandle() override;

	// openReader(contract, options, onWake)
	static Napi::Value open(const Napi::CallbackInfo& info);
	// As given, for a reader on the loop of this environment.
	static ReaderOptions options_of(Napi::Env env, const Napi::Object& object);
	// Attaches an open reader to the loop. Null: an exception is pending. Otherwise the caller calls `object` or `leave`.
	static ReaderHandle* make(Napi::Env env, std::unique_ptr<ReaderEndpoint> reader, const Napi::Function& on_wake);
	// The JavaScript object of the handle. The handle lives as long as this object.
	Napi::Object object(Napi::Env env);

private:
	static constexpr uint32_t kForgotten = 32; // `Wake` of src/native/boundary.ts

	explicit ReaderHandle(std::unique_ptr<ReaderEndpoint> reader) : reader_(std::move(reader)) {}

	[[nodiscard]] Endpoint* endpoint() override { return reader_.get(); }
	void forget_endpoint() override;
	void fill_stats(Napi::Object& stats) override;
	void on_turn() override;
	void after_service() override { poll_each_turn(reader_->polling()); }
	uint32_t own_wakes() override { return forgotten_ > 0 ? kForgotten : 0; }
	void before_end() override { end_all_leases(); }
	void forgotten(uint32_t id, bool is_collected) override;
	void end_all_leases();

	napi_value read_batch(Call& call);
	napi_value commit(Call& call);
	napi_value read_lease(Call& call);
	napi_value release_lease(Call& call);
	napi_value keep_lease(Call& call);
	napi_value lease_writer(Call& call);
	napi_value writer_of(Call& call);
	napi_value keep_leases(Call& call);
	napi_value end_leases(Call& call);
	napi_value take_forgotten(Call& call);
	napi_value available(Call& call);
	napi_value wait(Call& call);
	napi_value cancel_wait(Call& call);
	napi_value wait_sync(Call& call);

	std::unique_ptr<ReaderEndpoint> reader_;
	ReaderCounts last_counts_;
	std::unordered_map<uint32_t, LeasedMemory*> leases_; // those that are open
	uint32_t last_lease_ = 0;
	Peer lease_writer_;      // of the last message that was leased
	uint32_t forgotten_ = 0; // leases, since JavaScript has taken their number
};

} // namespace ringwire
