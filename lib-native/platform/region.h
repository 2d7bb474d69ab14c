// Memory that one process writes and others can only read, with the kernel to enforce it. It has no name and dies with
// its last holder. A child by fork does not have it: there `memory` is the address of something else or of nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "platform/fork.h"
#include "platform/handle.h"

namespace ringwire {

// Memory of our own: mapped writable here, zeroed, and from `create` on no other process can map it writable again, resize it or write to it
// in any other way. It may be allocated in steps until it is shared. A store behind what is allocated could end this process.
class Region {
public:
	Region() = default;
	Region(const Region&) = delete;
	Region& operator=(const Region&) = delete;
	~Region();

	// 1 to kRegionBytesMax bytes, all of them allocated; kLimit for more, and when there is not enough memory.
	[[nodiscard]] Status create(uint64_t bytes) { return create(bytes, bytes); }
	// Only the first `bytes_now` are allocated.
	[[nodiscard]] Status create(uint64_t bytes, uint64_t bytes_now);
	// Allocates at least the first `end` bytes, which are not more than `bytes`. kLimit: there is not enough memory; the bytes that were
	// allocated before stay so.
	[[nodiscard]] Status allocate(uint64_t end);
	[[nodiscard]] uint64_t allocated() const { return allocated_; }
	[[nodiscard]] std::byte* memory() const { return memory_; }
	[[nodiscard]] uint64_t bytes() const { return bytes_; }
	// The handle with which a peer maps it read-only. A peer refuses it before it is allocated completely.
	[[nodiscard]] OsHandle share() const { return handle_.get(); }
	// The mapping stays; no further process can be given the region, and nothing more is allocated.
	void stop_sharing() { handle_.adopt(kNoHandle); }
	// Code that this library cannot stop has addresses of the region. They stay valid for a while after it, and refer to anonymous memory then.
	void keep_range() { keeps_range_ = true; }

private:
	HandleOwner handle_;
	std::byte* memory_ = nullptr;
	uint64_t bytes_ = 0;
	uint64_t allocated_ = 0;
	bool keeps_range_ = false;
	ProcessMark mapper_;
};

// A peer's memory: mapped read-only, after it was made certain that it can neither shrink nor be written by third parties.
class RegionView {
public:
	RegionView() = default;
	RegionView(const RegionView&) = delete;
	RegionView& operator=(const RegionView&) = delete;
	~RegionView();

	// Takes over the handle. The size must be in [bytes_min, bytes_max].
	[[nodiscard]] Status map(OsHandle handle, uint64_t bytes_min, uint64_t bytes_max);
	[[nodiscard]] const std::byte* memory() const { return memory_; }
	[[nodiscard]] uint64_t bytes() const { return bytes_; }

private:
	const std::byte* memory_ = nullptr;
	uint64_t bytes_ = 0;
	ProcessMark mapper_;
};

} // namespace ringwire
