#include "binding/buffers/leased_memory.h"

#include "binding/buffers/external_buffer.h"

namespace ringwire {

namespace {

// False: the environment is being torn down.
bool can_run_code(napi_env env) {
	napi_handle_scope scope = nullptr;
	napi_open_handle_scope(env, &scope);
	napi_value value = nullptr;
	bool same = false;
	// Any call that could run code is refused then.
	const bool can =
		napi_get_undefined(env, &value) == napi_ok && napi_strict_equals(env, value, value, &same) == napi_ok;
	napi_close_handle_scope(env, scope);
	return can;
}

} // namespace

LeasedMemory* LeasedMemory::make(napi_env env, const Leased& leased, Owner& owner, uint32_t id, napi_value& buffer) {
	auto* memory = new LeasedMemory(leased, owner, id);
	if (!make_external_buffer(env, leased.bytes, leased.length, finalize, memory, buffer)) {
		delete memory;
		return nullptr;
	}
	return memory;
}

void LeasedMemory::release() {
	owner_ = nullptr;
	is_open_ = false;
	lane_->release(sequence_);
}

void LeasedMemory::end() {
	owner_ = nullptr;
	is_open_ = false;
	lane_->end();
}

void LeasedMemory::finalize(napi_env env, void*, void* hint) {
	auto* memory = static_cast<LeasedMemory*>(hint);
	if (!memory->maker_.is_of_this_process()) {
		return; // the lane is the parent's
	}
	// At the end of an environment Node calls this for all buffers before anything else of ours. The messages are the next reader's then.
	const bool is_collected = can_run_code(env);
	if (memory->owner_ != nullptr) {
		memory->owner_->forgotten(memory->id_, is_collected);
	}
	if (memory->is_open_ && is_collected) {
		memory->lane_->release(memory->sequence_);
	}
	delete memory;
}

} // namespace ringwire
