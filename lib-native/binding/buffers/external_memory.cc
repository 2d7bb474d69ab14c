#include "binding/buffers/external_memory.h"

#include "binding/buffers/external_buffer.h"

namespace ringwire {

namespace {

class Scope {
public:
	explicit Scope(napi_env env) : env_(env) { napi_open_handle_scope(env, &scope_); }
	Scope(const Scope&) = delete;
	Scope& operator=(const Scope&) = delete;
	~Scope() { napi_close_handle_scope(env_, scope_); }

private:
	napi_env env_;
	napi_handle_scope scope_ = nullptr;
};

} // namespace

ExternalMemory* ExternalMemory::make(napi_env env, std::byte* bytes, size_t length, Owner& owner, uint32_t id,
                                     napi_value& buffer, std::shared_ptr<const void> keeper) {
	auto* memory = new ExternalMemory(env, owner, id, std::move(keeper));
	if (!make_external_buffer(env, bytes, length, finalize, memory, buffer)) {
		delete memory;
		return nullptr;
	}
	napi_create_reference(env, buffer, 0, &memory->reference_);
	return memory;
}

napi_value ExternalMemory::buffer() const {
	napi_value buffer = nullptr;
	napi_get_reference_value(env_, reference_, &buffer);
	return buffer;
}

bool ExternalMemory::is_transferred() const {
	const Scope scope(env_);
	napi_value value = buffer();
	bool detached = false;
	return value == nullptr || (napi_is_detached_arraybuffer(env_, value, &detached) == napi_ok && detached);
}

void ExternalMemory::end() {
	owner_ = nullptr; // detaching may run the finalizer
	if (!is_transferred()) {
		keeper_.reset();
	}
	const Scope scope(env_);
	napi_value value = buffer();
	napi_ref reference = reference_;
	napi_env env = env_;
	if (value != nullptr) {
		napi_detach_arraybuffer(env, value);
	}
	napi_delete_reference(env, reference);
}

void ExternalMemory::finalize(napi_env, void*, void* hint) {
	auto* memory = static_cast<ExternalMemory*>(hint);
	if (!memory->maker_.is_of_this_process()) {
		return; // the memory is the parent's
	}
	if (memory->owner_ != nullptr) {
		napi_delete_reference(memory->env_, memory->reference_);
		memory->owner_->collected(*memory);
	}
	delete memory;
}

void detach_memory_of(napi_env env, napi_value typed_array) {
	napi_value buffer = nullptr;
	if (napi_get_typedarray_info(env, typed_array, nullptr, nullptr, nullptr, &buffer, nullptr) == napi_ok) {
		napi_detach_arraybuffer(env, buffer);
	}
}

} // namespace ringwire
