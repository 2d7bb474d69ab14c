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

// A peer's memory for code that may store into it by mistake: a store changes memory of this process alone. The addresses stay valid as long as
// the view exists, and for a while after it.
class PrivateView {
public:
	PrivateView() = default;
	PrivateView(const PrivateView&) = delete;
	PrivateView& operator=(const PrivateView&) = delete;
	~PrivateView();

	// To be called before the memory is used. False: this process cannot get it. Idempotent.
	[[nodiscard]] bool open();
	// Null until it is open.
	[[nodiscard]] std::byte* memory() const { return is_open_ ? memory_ : nullptr; }
	// Makes these bytes, which must not be none, those of the peer's memory. They stay so until either side stores into them. Stores into bytes
	// nearby may be undone. False: the system cannot, and the bytes may be older ones.
	[[nodiscard]] bool renew(uint64_t offset, uint64_t length);
	// The peer's later stores into these bytes are not seen any more.
	void separate(uint64_t offset, uint64_t length);
	// Lets the peer's memory go. The view is zeros from now on, whatever has been stored into it.
	void clear();

private:
	friend class RegionView;

	std::byte* memory_ = nullptr;
	uint64_t bytes_ = 0;
	bool is_open_ = false;
	bool is_clear_ = false;
	[[maybe_unused]] const std::byte* shared_ = nullptr; // where a system makes a private view by copies
	ProcessMark mapper_;
};

// A peer's memory: mapped read-only, after it was made certain that it can neither shrink nor be written by third parties.
class RegionView {
public:
	RegionView() = default;
	RegionView(const RegionView&) = delete;
	RegionView& operator=(const RegionView&) = delete;
	~RegionView();

	// Takes over the handle. The size must be in [bytes_min, bytes_max]. `lent` becomes a private view of the same memory; a view that cannot be
	// made fails to open.
	[[nodiscard]] Status map(OsHandle handle, uint64_t bytes_min, uint64_t bytes_max, PrivateView* lent = nullptr);
	[[nodiscard]] const std::byte* memory() const { return memory_; }
	[[nodiscard]] uint64_t bytes() const { return bytes_; }

private:
	const std::byte* memory_ = nullptr;
	uint64_t bytes_ = 0;
	ProcessMark mapper_;
};

} // namespace ringwire
