#include "binding/pool.h"

#include <algorithm>
#include <utility>

#include "binding/encode.h"
#include "binding/writer_handle.h"

namespace ringwire {

namespace {

constexpr napi_type_tag kPoolTag = {0x72696e6777697265, 0x0000000000706f6f};
constexpr int32_t kDetached = -6; // `Written` of src/native/boundary.ts

// The content of an object of JavaScript: null when it is closed.
using Held = std::shared_ptr<Pool>;

Held* held_by(napi_env env, napi_value object) {
	bool is_pool = false;
	void* held = nullptr;
	const bool found = napi_check_object_type_tag(env, object, &kPoolTag, &is_pool) == napi_ok && is_pool &&
	                   napi_unwrap(env, object, &held) == napi_ok;
	return found ? static_cast<Held*>(held) : nullptr;
}

// Null: closed, or the call is not a method's.
Pool* pool_of_call(napi_env env, napi_callback_info info, Held** holder = nullptr) {
	napi_value object = nullptr;
	napi_get_cb_info(env, info, nullptr, nullptr, &object, nullptr);
	Held* const held = held_by(env, object);
	if (holder != nullptr) {
		*holder = held;
	}
	return held != nullptr ? held->get() : nullptr;
}

// Tells the garbage collector how much memory depends on the object, so that it collects a dropped one in time.
void report_memory(napi_env env, const Held& pool, int sign) {
	int64_t total = 0;
	napi_adjust_external_memory(env, sign * static_cast<int64_t>(pool->shared()->bytes()), &total);
}

} // namespace

Napi::Value Pool::create(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	const auto options = info[0].As<Napi::Object>();
	auto shared = std::make_shared<SharedPool>();
	const Status status = shared->create({decode_count(options, "bytes"), decode_count(options, "messageMax")});
	if (!status.ok()) {
		throw_failure(env, status);
		return env.Undefined();
	}
	Napi::Object object = Napi::Object::New(env);
	auto held = std::make_unique<Held>(std::make_shared<Pool>(std::move(shared)));
	const auto finalize = [](napi_env environment, void* data, void*) {
		const std::unique_ptr<Held> over(static_cast<Held*>(data));
		if (*over != nullptr && (*over)->maker_.is_of_this_process()) {
			report_memory(environment, *over, -1);
		}
	};
	if (napi_wrap(env, object, held.get(), finalize, nullptr, nullptr) != napi_ok) {
		return env.Undefined(); // the environment ends
	}
	report_memory(env, *held.release(), 1);
	napi_type_tag_object(env, object, &kPoolTag);
	for (const auto& [name, call] :
	     {std::pair{"free", &Pool::free}, {"openLoans", &Pool::open_loans}, {"close", &Pool::close}}) {
		napi_value function = nullptr;
		napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
		object.Set(name, Napi::Value(env, function));
	}
	return object;
}

std::shared_ptr<Pool> Pool::of(Napi::Env env, const Napi::Value& object) {
	Held* const held = held_by(env, object);
	if (held == nullptr || *held == nullptr) {
		throw_failure(env, Status::failure(Code::kClosed, "the pool is closed"));
		return nullptr;
	}
	if (!(*held)->maker_.is_of_this_process()) {
		throw_failure(env, Status::failure(Code::kClosed, "the pool belongs to the process that has forked this one, "
		                                                  "which must create its own"));
		return nullptr;
	}
	return *held;
}

Pool::~Pool() {
	for (const auto& [loan, memory] : memories_) {
		memory->end();
	}
}

napi_value Pool::free(napi_env env, napi_callback_info info) {
	Pool* const pool = pool_of_call(env, info);
	return number(env, pool != nullptr ? static_cast<double>(pool->shared_->chunks().free_bytes()) : 0);
}

napi_value Pool::open_loans(napi_env env, napi_callback_info info) {
	Pool* const pool = pool_of_call(env, info);
	return number(env, pool != nullptr ? static_cast<double>(pool->loans_.count()) : 0);
}

napi_value Pool::close(napi_env env, napi_callback_info info) {
	Held* holder = nullptr;
	if (pool_of_call(env, info, &holder) != nullptr) {
		report_memory(env, *holder, -1);
		holder->reset();
	}
	return nullptr;
}

napi_value Pool::try_loan(napi_env env, WriterEndpoint& writer, uint64_t length, bool in_pool) {
	if (length > shared_->chunks().geometry().message_max) {
		return integer(env, encode_written(WriterEndpoint::Written::kTooLarge));
	}
	const WriterEndpoint::Written written = loans_.open(writer, length, last_loan_);
	if (written != WriterEndpoint::Written::kAccepted || !in_pool) {
		return integer(env, encode_written(written));
	}
	napi_value buffer = nullptr;
	ExternalMemory* const memory =
		ExternalMemory::make(env, loans_.memory(last_loan_), length, *this, last_loan_, buffer, shared_);
	if (memory == nullptr) {
		return integer(env, encode_written(written));
	}
	shared_->keep_range();
	memories_.emplace(last_loan_, memory);
	return buffer;
}

napi_value Pool::share_loan(napi_env env, WriterEndpoint& writer, uint32_t loan) {
	return integer(env, encode_written(loans_.share(loan, writer)));
}

napi_value Pool::commit_loan(napi_env env, WriterEndpoint& writer, uint32_t loan, uint64_t length, napi_value filled) {
	if (!loans_.is_of(loan, writer)) {
		return integer(env, encode_written(WriterEndpoint::Written::kClosed));
	}
	const auto memory = memories_.find(loan);
	const bool is_own = memory == memories_.end();
	const Bytes bytes = is_own ? bytes_of(env, filled) : Bytes{};
	if (length > loans_.length(loan) ||
	    (is_own ? bytes.length < loans_.length(loan) : memory->second->is_transferred())) {
		abort_loan(env, writer, loan, filled);
		return integer(env, kDetached);
	}
	if (is_own) {
		std::copy_n(bytes.data, length, loans_.memory(loan));
		detach_memory_of(env, filled);
	} else {
		memory->second->end();
		memories_.erase(memory);
	}
	return integer(env, encode_written(loans_.commit(loan, length)));
}

void Pool::abort_loan(napi_env env, WriterEndpoint& writer, uint32_t loan, napi_value filled) {
	const bool is_open = loans_.is_of(loan, writer);
	if (!is_open || !memories_.contains(loan)) {
		detach_memory_of(env, filled);
	}
	if (is_open) {
		abort(loan);
	}
}

void Pool::end_loans(WriterEndpoint& writer) {
	for (const uint32_t loan : loans_.loans_of(writer)) {
		abort(loan);
	}
	loans_.stop_sharing(writer);
}

void Pool::abort(uint32_t loan) {
	const auto memory = memories_.find(loan);
	if (memory != memories_.end()) {
		if (memory->second->is_transferred()) {
			loans_.withdraw(loan); // until the memory is collected
			return;
		}
		memory->second->end();
		memories_.erase(memory);
	}
	loans_.abort(loan);
}

void Pool::collected(ExternalMemory& memory) {
	memories_.erase(memory.id());
	loans_.abort(memory.id());
}

} // namespace ringwire
