// An ArrayBuffer over a leased message.
#pragma once

#include <js_native_api.h>

#include <cstdint>
#include <memory>

#include "channel/reader/reader_endpoint.h"
#include "platform/fork.h"

namespace ringwire {

// Never detached: Node ends the process if an asynchronous call, of zlib for instance, goes on with a buffer that was detached meanwhile. The
// memory is zeros when the leases have ended, and its addresses stay valid until no ArrayBuffer has them any more.
class LeasedMemory {
public:
	class Owner {
	public:
		Owner() = default;
		Owner(const Owner&) = delete;
		Owner& operator=(const Owner&) = delete;
		// No ArrayBuffer has this memory any more, and the lease was not released until now. `is_collected`: else the environment ends.
		virtual void forgotten(uint32_t id, bool is_collected) = 0;

	protected:
		~Owner() = default;
	};

	// Null: the runtime allows no such buffers. Otherwise the object lives until the buffer is collected, here or wherever it was transferred to.
	[[nodiscard]] static LeasedMemory* make(napi_env env, const Leased& leased, Owner& owner, uint32_t id,
	                                        napi_value& buffer);
	LeasedMemory(const LeasedMemory&) = delete;
	LeasedMemory& operator=(const LeasedMemory&) = delete;

	// As LeasedLane::keep.
	void keep() { lane_->keep(sequence_); }
	// After each of these the owner is not called any more, and must not use this object again.
	void release();
	// As `release` for all leases of the lane: their bytes are zeros.
	void end();
	// The lease stays open until the buffer is collected.
	void abandon() { owner_ = nullptr; }

private:
	LeasedMemory(const Leased& leased, Owner& owner, uint32_t id)
		: owner_(&owner), id_(id), lane_(leased.lane), sequence_(leased.sequence) {}
	~LeasedMemory() = default;
	static void finalize(napi_env env, void* data, void* hint);

	const ProcessMark maker_;
	Owner* owner_;
	bool is_open_ = true;
	uint32_t id_;
	std::shared_ptr<LeasedLane> lane_;
	uint64_t sequence_;
};

} // namespace ringwire
