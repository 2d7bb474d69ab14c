// NativeWriter of src/native/boundary.ts.
#pragma once

#include <memory>

#include "binding/buffers/external_memory.h"
#include "binding/handle.h"
#include "binding/pool.h"
#include "channel/writer/writer_endpoint.h"

namespace ringwire {

class WriterHandle final : public Handle, private ExternalMemory::Owner {
public:
	// openWriter(contract, options, onWake)
	static Napi::Value open(const Napi::CallbackInfo& info);
	// Attaches an open writer to the loop. Null: an exception is pending. Otherwise the caller calls `object` or `leave`.
	// `pool`: that of the writer, or null.
	static WriterHandle* make(Napi::Env env, std::unique_ptr<WriterEndpoint> writer, const Napi::Function& on_wake,
	                          std::shared_ptr<Pool> pool = nullptr);
	// The JavaScript object of the handle. The handle lives as long as this object.
	Napi::Object object(Napi::Env env);

private:
	WriterHandle(std::unique_ptr<WriterEndpoint> writer, std::shared_ptr<Pool> pool)
		: writer_(std::move(writer)), pool_(std::move(pool)) {}

	[[nodiscard]] Endpoint* endpoint() override { return writer_.get(); }
	void forget_endpoint() override;
	void fill_stats(Napi::Object& stats) override;
	void collected(ExternalMemory& memory) override;
	// The loan's memory is JavaScript's no longer.
	void take_back_loan();
	// All loans of the writer, those of its pool included.
	void end_loans();

	napi_value try_write(Call& call);
	napi_value try_write_parts(Call& call);
	napi_value set_staging(Call& call);
	napi_value try_write_staged(Call& call);
	napi_value try_write_batch(Call& call);
	napi_value try_loan(Call& call);
	napi_value commit_loan(Call& call);
	napi_value abort_loan(Call& call);
	napi_value try_pool_loan(Call& call);
	napi_value last_pool_loan(Call& call);
	napi_value share_pool_loan(Call& call);
	napi_value commit_pool_loan(Call& call);
	napi_value abort_pool_loan(Call& call);
	napi_value want_pool_loan(Call& call);
	napi_value shortage(Call& call);
	napi_value free(Call& call);
	napi_value want_space(Call& call);
	napi_value cancel_space(Call& call);
	napi_value want_drained(Call& call);
	napi_value cancel_drained(Call& call);
	napi_value wait_space_sync(Call& call);
	napi_value unread(Call& call);
	napi_value readers(Call& call);
	napi_value holders(Call& call);
	napi_value end(Call& call);

	std::unique_ptr<WriterEndpoint> writer_;
	std::shared_ptr<Pool> pool_;     // as long as there is a writer
	Bytes staging_;                  // memory of JavaScript
	ExternalMemory* loan_ = nullptr; // of an open loan in the lane
	uint64_t loan_length_ = 0;
	WriterCounts last_counts_;
	uint64_t last_unread_ = 0;
};

// `Written` of src/native/boundary.ts.
[[nodiscard]] int32_t encode_written(WriterEndpoint::Written written);

} // namespace ringwire
