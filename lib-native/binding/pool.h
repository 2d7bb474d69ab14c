// NativePool of src/native/boundary.ts, and the memory of its writers' loans, which JavaScript has as ArrayBuffers until they are over.
#pragma once

#include <napi.h>

#include <memory>
#include <unordered_map>

#include "binding/buffers/external_memory.h"
#include "binding/handle.h"
#include "channel/writer/pool_loans.h"
#include "platform/fork.h"

namespace ringwire {

// Of the object that JavaScript has, and of the writers.
class Pool : private ExternalMemory::Owner {
public:
	// createPool(options)
	static Napi::Value create(const Napi::CallbackInfo& info);
	// Of an object of `create` that is not closed. Null: an exception is pending.
	[[nodiscard]] static std::shared_ptr<Pool> of(Napi::Env env, const Napi::Value& object);
	explicit Pool(std::shared_ptr<SharedPool> memory) : shared_(std::move(memory)), loans_(shared_) {}
	Pool(const Pool&) = delete;
	Pool& operator=(const Pool&) = delete;
	virtual ~Pool();

	[[nodiscard]] const std::shared_ptr<SharedPool>& shared() const { return shared_; }

	// The functions of NativeWriter with these names, for this writer.
	napi_value try_loan(napi_env env, WriterEndpoint& writer, uint64_t length, bool in_pool);
	[[nodiscard]] uint32_t last_loan() const { return last_loan_; }
	napi_value share_loan(napi_env env, WriterEndpoint& writer, uint32_t loan);
	napi_value commit_loan(napi_env env, WriterEndpoint& writer, uint32_t loan, uint64_t length, napi_value filled);
	void abort_loan(napi_env env, WriterEndpoint& writer, uint32_t loan, napi_value filled);
	// The writer ends: so do its loans.
	void end_loans(WriterEndpoint& writer);

private:
	static napi_value free(napi_env env, napi_callback_info info);
	static napi_value open_loans(napi_env env, napi_callback_info info);
	static napi_value close(napi_env env, napi_callback_info info);

	void collected(ExternalMemory& memory) override;
	void abort(uint32_t loan);

	const ProcessMark maker_;
	std::shared_ptr<SharedPool> shared_;
	PoolLoans loans_;
	std::unordered_map<uint32_t, ExternalMemory*> memories_; // of open loans, and of withdrawn ones
	uint32_t last_loan_ = 0;
};

} // namespace ringwire
