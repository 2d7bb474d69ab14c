// The loan of a writer in its lane, and those in its pool. JavaScript has the memory of each as an ArrayBuffer until the loan is over, whatever ends
// it.
#include <algorithm>

#include "binding/writer_handle.h"

namespace ringwire {

napi_value WriterHandle::try_loan(Call& call) {
	if (!writer_) {
		return integer(call.env, encode_written(WriterEndpoint::Written::kClosed));
	}
	const auto length = static_cast<uint64_t>(number_of(call.env, call.arguments[0]));
	bool in_lane = false;
	napi_get_value_bool(call.env, call.arguments[1], &in_lane);
	const WriterEndpoint::Written written = writer_->try_loan(length, in_lane);
	if (written != WriterEndpoint::Written::kAccepted) {
		return integer(call.env, encode_written(written));
	}
	loan_length_ = length;
	if (in_lane) {
		napi_value buffer = nullptr;
		loan_ = ExternalMemory::make(call.env, writer_->loan_memory(), length, *this, 0, buffer);
		if (loan_ != nullptr) {
			return buffer;
		}
	}
	return integer(call.env, encode_written(written));
}

napi_value WriterHandle::commit_loan(Call& call) {
	constexpr int32_t kDetached = -6; // `Written` of src/native/boundary.ts
	if (!writer_) {
		return integer(call.env, encode_written(WriterEndpoint::Written::kClosed));
	}
	const auto length = static_cast<uint64_t>(number_of(call.env, call.arguments[0]));
	const Bytes filled = loan_ == nullptr ? bytes_of(call.env, call.arguments[1]) : Bytes{};
	if (length > loan_length_ || (loan_ == nullptr ? filled.length < loan_length_ : loan_->is_transferred())) {
		call.arguments[0] = call.arguments[1];
		abort_loan(call);
		return integer(call.env, kDetached);
	}
	if (loan_ == nullptr && writer_->loan_memory() != nullptr) { // the runtime allows no external buffers
		std::copy_n(filled.data, length, writer_->loan_memory());
	}
	const bool was_in_lane = loan_ != nullptr;
	take_back_loan();
	const WriterEndpoint::Written written = writer_->commit_loan(length, filled.data);
	if (!was_in_lane) {
		detach_memory_of(call.env, call.arguments[1]);
	}
	return integer(call.env, encode_written(written));
}

napi_value WriterHandle::abort_loan(Call& call) {
	if (loan_ == nullptr) {
		detach_memory_of(call.env, call.arguments[0]);
	}
	if (!writer_ || (loan_ != nullptr && loan_->is_transferred())) {
		return nullptr; // other code can still store into the lane: nothing else is made there until the memory is collected
	}
	take_back_loan();
	writer_->abort_loan();
	return nullptr;
}

void WriterHandle::take_back_loan() {
	if (loan_ != nullptr) {
		loan_->end();
		loan_ = nullptr;
	}
}

void WriterHandle::end_loans() {
	take_back_loan();
	if (pool_) {
		pool_->end_loans(*writer_);
	}
}

napi_value WriterHandle::try_pool_loan(Call& call) {
	if (!writer_ || !pool_) {
		return integer(call.env, encode_written(WriterEndpoint::Written::kClosed));
	}
	bool in_pool = false;
	napi_get_value_bool(call.env, call.arguments[1], &in_pool);
	const auto length = static_cast<uint64_t>(number_of(call.env, call.arguments[0]));
	return pool_->try_loan(call.env, *writer_, length, in_pool);
}

napi_value WriterHandle::last_pool_loan(Call& call) {
	return number(call.env, pool_ ? pool_->last_loan() : 0);
}

napi_value WriterHandle::share_pool_loan(Call& call) {
	if (!writer_ || !pool_) {
		return integer(call.env, encode_written(WriterEndpoint::Written::kClosed));
	}
	return pool_->share_loan(call.env, *writer_, static_cast<uint32_t>(number_of(call.env, call.arguments[0])));
}

napi_value WriterHandle::commit_pool_loan(Call& call) {
	if (!writer_ || !pool_) {
		return integer(call.env, encode_written(WriterEndpoint::Written::kClosed));
	}
	return pool_->commit_loan(call.env, *writer_, static_cast<uint32_t>(number_of(call.env, call.arguments[0])),
	                          static_cast<uint64_t>(number_of(call.env, call.arguments[1])), call.arguments[2]);
}

napi_value WriterHandle::abort_pool_loan(Call& call) {
	const auto loan = static_cast<uint32_t>(number_of(call.env, call.arguments[0]));
	if (writer_ && pool_) {
		pool_->abort_loan(call.env, *writer_, loan, call.arguments[1]);
	} else {
		detach_memory_of(call.env, call.arguments[1]);
	}
	return nullptr;
}

napi_value WriterHandle::want_pool_loan(Call& call) {
	return boolean(call.env, !writer_ || !pool_ ||
	                             writer_->want_loan(static_cast<uint64_t>(number_of(call.env, call.arguments[0]))));
}

void WriterHandle::collected(ExternalMemory&) {
	loan_ = nullptr;
	writer_->abort_loan();
}

} // namespace ringwire
