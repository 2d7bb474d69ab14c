// An ArrayBuffer over memory that is not V8's.
#pragma once

#include <js_native_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "platform/fork.h"

namespace ringwire {

class ExternalMemory {
public:
	class Owner {
	public:
		Owner() = default;
		Owner(const Owner&) = delete;
		Owner& operator=(const Owner&) = delete;
		// No ArrayBuffer has this memory any more: it was collected, here or wherever it was transferred to. The object is gone after the call.
		virtual void collected(ExternalMemory& memory) = 0;

	protected:
		~Owner() = default;
	};

	// The memory must stay mapped until `end` or `collected`. `keeper`: kept until no ArrayBuffer has the memory, also after `end`. Null: the runtime
	// allows no such buffers.
	[[nodiscard]] static ExternalMemory* make(napi_env env, std::byte* bytes, size_t length, Owner& owner, uint32_t id,
	                                          napi_value& buffer, std::shared_ptr<const void> keeper = nullptr);
	ExternalMemory(const ExternalMemory&) = delete;
	ExternalMemory& operator=(const ExternalMemory&) = delete;

	[[nodiscard]] uint32_t id() const { return id_; }
	// JavaScript has transferred the memory to another ArrayBuffer, which is not known, or may have: the first one was collected.
	[[nodiscard]] bool is_transferred() const;
	// Detaches the buffer: its length is 0 from now on. The owner is not called any more, and must not use this object again.
	void end();

private:
	ExternalMemory(napi_env env, Owner& owner, uint32_t id, std::shared_ptr<const void> keeper)
		: env_(env), owner_(&owner), id_(id), keeper_(std::move(keeper)) {}
	~ExternalMemory() = default;
	static void finalize(napi_env env, void* data, void* hint);
	// Null: it was collected.
	[[nodiscard]] napi_value buffer() const;

	napi_env env_;
	Owner* owner_;
	napi_ref reference_ = nullptr; // weak
	uint32_t id_;
	std::shared_ptr<const void> keeper_;
	const ProcessMark maker_;
};

// Detaches any ArrayBuffer behind a typed array.
void detach_memory_of(napi_env env, napi_value typed_array);

} // namespace ringwire
