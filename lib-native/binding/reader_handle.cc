#include "binding/reader_handle.h"

#include <algorithm>

#include "binding/encode.h"

namespace ringwire {

Napi::Value ReaderHandle::open(const Napi::CallbackInfo& info) {
	const Napi::Env env = info.Env();
	auto reader = std::make_unique<ReaderEndpoint>(decode_contract(info[0].As<Napi::Object>()),
	                                               options_of(env, info[1].As<Napi::Object>()));
	const Status status = reader->open();
	if (!status.ok()) {
		throw_failure(env, status);
		return env.Undefined();
	}
	ReaderHandle* handle = make(env, std::move(reader), info[2].As<Napi::Function>());
	return handle != nullptr ? handle->object(env) : env.Undefined();
}

ReaderOptions ReaderHandle::options_of(Napi::Env env, const Napi::Object& object) {
	ReaderOptions options = decode_reader_options(object);
	if (!Environment::of(env).loop().has_turns()) {
		options.spin_nanos = 0; // a reader polls in the turns of its loop
	}
	return options;
}

ReaderHandle* ReaderHandle::make(Napi::Env env, std::unique_ptr<ReaderEndpoint> reader, const Napi::Function& on_wake) {
	auto* handle = new ReaderHandle(std::move(reader));
	if (!handle->start(env, on_wake)) {
		delete handle;
		return nullptr;
	}
	return handle;
}

Napi::Object ReaderHandle::object(Napi::Env env) {
	Napi::Object object = Napi::Object::New(env);
	add_common(env, object);
	add<ReaderHandle, &ReaderHandle::read_batch>(env, object, "readBatch");
	add<ReaderHandle, &ReaderHandle::commit>(env, object, "commit");
	add<ReaderHandle, &ReaderHandle::read_lease>(env, object, "readLease");
	add<ReaderHandle, &ReaderHandle::release_lease>(env, object, "releaseLease");
	add<ReaderHandle, &ReaderHandle::keep_lease>(env, object, "keepLease");
	add<ReaderHandle, &ReaderHandle::lease_writer>(env, object, "leaseWriter");
	add<ReaderHandle, &ReaderHandle::writer_of>(env, object, "writerOf");
	add<ReaderHandle, &ReaderHandle::keep_leases>(env, object, "keepLeases");
	add<ReaderHandle, &ReaderHandle::end_leases>(env, object, "endLeases");
	add<ReaderHandle, &ReaderHandle::take_forgotten>(env, object, "takeForgotten");
	add<ReaderHandle, &ReaderHandle::available>(env, object, "available");
	add<ReaderHandle, &ReaderHandle::wait>(env, object, "wait");
	add<ReaderHandle, &ReaderHandle::cancel_wait>(env, object, "cancelWait");
	add<ReaderHandle, &ReaderHandle::wait_sync>(env, object, "waitSync");
	return object;
}

void ReaderHandle::forget_endpoint() {
	last_counts_ = reader_->counts();
	reader_.reset();
}

void ReaderHandle::fill_stats(Napi::Object& stats) {
	const ReaderCounts& counts = reader_ ? reader_->counts() : last_counts_;
	stats.Set("messages", encode_count(stats.Env(), counts.messages));
	stats.Set("bytes", encode_count(stats.Env(), counts.bytes));
	stats.Set("lost", encode_count(stats.Env(), counts.lost));
	stats.Set("spins", encode_count(stats.Env(), counts.spins));
	stats.Set("sleeps", encode_count(stats.Env(), counts.sleeps));
}

void ReaderHandle::on_turn() {
	const bool found = reader_->poll();
	poll_each_turn(reader_->polling());
	wake(found ? kWakeData : kWakeNone);
}

napi_value ReaderHandle::read_batch(Call& call) {
	const Bytes slab = bytes_of(call.env, call.arguments[0]);
	const Bytes index = bytes_of(call.env, call.arguments[2]);
	constexpr size_t kHeaderWords = 2;
	if (!reader_ || index.length < kHeaderWords) {
		return integer(call.env, 0);
	}
	auto* words = reinterpret_cast<uint32_t*>(index.data);
	const double offset = number_of(call.env, call.arguments[1]);
	const size_t slots = (index.length - kHeaderWords) / 2;
	const auto wanted = static_cast<size_t>(number_of(call.env, call.arguments[3]));
	const auto count_max = static_cast<uint32_t>(std::min(wanted, slots));
	uint64_t needed = 0;
	static_assert(sizeof(Slot) == 2 * sizeof(uint32_t));
	const uint32_t count = reader_->read_batch(slab.data, static_cast<uint64_t>(offset), slab.length,
	                                           reinterpret_cast<Slot*>(words + kHeaderWords), count_max, needed);
	words[0] = (reader_->has_events() ? 1U : 0U) |
	           (reader_->has_same_lengths() ? 2U : 0U); // `Found` of src/native/boundary.ts
	words[1] = static_cast<uint32_t>(needed);
	return integer(call.env, static_cast<int32_t>(count));
}

napi_value ReaderHandle::commit(Call& call) {
	if (reader_) {
		reader_->commit(static_cast<uint32_t>(number_of(call.env, call.arguments[0])));
	}
	return nullptr;
}

napi_value ReaderHandle::available(Call& call) {
	return number(call.env, reader_ ? static_cast<double>(reader_->available()) : 0);
}

napi_value ReaderHandle::wait(Call& call) {
	const bool ready = !reader_ || reader_->begin_wait();
	poll_each_turn(reader_ && reader_->polling());
	return boolean(call.env, ready);
}

napi_value ReaderHandle::cancel_wait(Call&) {
	if (reader_) {
		reader_->cancel_wait();
		poll_each_turn(false);
	}
	return nullptr;
}

napi_value ReaderHandle::wait_sync(Call& call) {
	if (!reader_) {
		return boolean(call.env, true);
	}
	const SuspendedLoop suspended = suspend_loop();
	return boolean(call.env, reader_->wait_until(deadline_after(number_of(call.env, call.arguments[0]))));
}

} // namespace ringwire
