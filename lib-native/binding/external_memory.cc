#include "binding/external_memory.h"

#include <cstdlib>
#include <cstring>

// The only external buffers of the addon. A runtime that forbids them (Electron) answers with a status. NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED is
// defined for all files, and the header has no declaration then. RINGWIRE_NO_EXTERNAL_BUFFERS leaves them out of the build.
#if defined(NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED) && !defined(RINGWIRE_NO_EXTERNAL_BUFFERS)
extern "C" NAPI_EXTERN napi_status NAPI_CDECL napi_create_external_arraybuffer(napi_env env, void* data, size_t length,
                                                                               napi_finalize finalize, void* hint,
                                                                               napi_value* result);
#endif

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

// RINGWIRE_NO_EXTERNAL_BUFFERS=1 in the environment forbids them too.
[[maybe_unused]] bool are_forbidden() {
	static const bool forbidden = [] {
		const char* value = std::getenv("RINGWIRE_NO_EXTERNAL_BUFFERS");
		return value != nullptr && std::strcmp(value, "1") == 0;
	}();
	return forbidden;
}

} // namespace

#ifdef RINGWIRE_NO_EXTERNAL_BUFFERS
ExternalMemory* ExternalMemory::make(napi_env, std::byte*, size_t, Owner&, uint32_t, napi_value&) {
	return nullptr;
}
#else
ExternalMemory* ExternalMemory::make(napi_env env, std::byte* bytes, size_t length, Owner& owner, uint32_t id,
                                     napi_value& buffer) {
	if (are_forbidden()) {
		return nullptr;
	}
	auto* memory = new ExternalMemory(env, owner, id);
	if (napi_create_external_arraybuffer(env, bytes, length, finalize, memory, &buffer) != napi_ok) {
		delete memory;
		return nullptr;
	}
	napi_create_reference(env, buffer, 0, &memory->reference_);
	return memory;
}
#endif

napi_value ExternalMemory::buffer() const {
	napi_value buffer = nullptr;
	napi_get_reference_value(env_, reference_, &buffer);
	return buffer;
}

bool ExternalMemory::is_transferred() const {
	const Scope scope(env_);
	napi_value value = buffer();
	bool detached = false;
	return value != nullptr && napi_is_detached_arraybuffer(env_, value, &detached) == napi_ok && detached;
}

void ExternalMemory::end() {
	owner_ = nullptr; // detaching may run the finalizer
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
