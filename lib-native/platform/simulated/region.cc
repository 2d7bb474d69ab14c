// Regions as plain memory, shared by all simulated processes.
#include "platform/region.h"

#include <algorithm>

#include "core/limits.h"
#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::kernel;
using simulated::Object;
using simulated::RegionObject;
using simulated::scheduler;

Status Region::create(uint64_t bytes, uint64_t bytes_now) {
	scheduler().point("make region", 4, bytes);
	const std::string what = "could not get " + std::to_string(bytes) + " bytes of shared memory";
	if (bytes == 0 || bytes > kRegionBytesMax) {
		return Status::failure(Code::kLimit, what + ": a region has 1 to " + std::to_string(kRegionBytesMax));
	}
	if (!kernel().has_room_for(1)) {
		return Status{Code::kLimit, what + ": too many handles", "make region", 1};
	}
	RegionObject& region = kernel().make_region(bytes);
	handle_.adopt(kernel().add_handle(region));
	kernel().map(region);
	memory_ = region.memory;
	bytes_ = bytes;
	region.allocated = allocated_ = bytes_now;
	return {};
}

Status Region::allocate(uint64_t end) {
	if (end <= allocated_) {
		return {};
	}
	scheduler().point("allocate", 25, end);
	if (!kernel().has_memory()) {
		return Status{Code::kLimit, "could not get " + std::to_string(bytes_) + " bytes of shared memory", "allocate",
		              1};
	}
	if (std::any_of(memory_ + allocated_, memory_ + end, [](std::byte byte) { return byte != std::byte{0}; })) {
		kernel().breach("a store behind the allocated part of a region");
	}
	allocated_ = end;
	kernel().get<RegionObject>(handle_.get(), Object::Kind::kRegion)->allocated = end;
	return {};
}

Region::~Region() {
	if (memory_ != nullptr) {
		scheduler().point("unmap", 5, bytes_);
		kernel().unmap(memory_);
	}
}

Status RegionView::map(OsHandle handle, uint64_t bytes_min, uint64_t bytes_max, PrivateView* lent) {
	scheduler().point("map", 6, static_cast<uint64_t>(handle));
	const ReceivedHandle owner(handle);
	auto* region = kernel().get<RegionObject>(handle, Object::Kind::kRegion);
	if (region == nullptr) {
		return Status::failure(Code::kCorrupt, "the peer sent a handle that is no memory");
	}
	if (region->bytes < bytes_min || region->bytes > bytes_max) {
		return Status::failure(Code::kCorrupt, "the peer's memory has " + std::to_string(region->bytes) +
		                                           " bytes, expected " + std::to_string(bytes_min) + " to " +
		                                           std::to_string(bytes_max));
	}
	if (region->allocated < region->bytes) {
		return Status::failure(Code::kCorrupt, "of the peer's memory only " + std::to_string(region->allocated) +
		                                           " bytes are allocated");
	}
	kernel().map(*region);
	memory_ = region->memory;
	bytes_ = region->bytes;
	if (lent != nullptr) {
		kernel().map(*region);
		lent->shared_ = region->memory;
		lent->bytes_ = region->bytes;
	}
	return {};
}

// A copy, which is made anew for each range.
bool PrivateView::open() {
	if (!is_open_ && shared_ != nullptr) {
		memory_ = new std::byte[bytes_]();
		is_open_ = true;
	}
	return is_open_ && !is_clear_;
}

bool PrivateView::renew(uint64_t offset, uint64_t length) {
	std::copy_n(shared_ + offset, length, memory_ + offset);
	return true;
}

void PrivateView::separate(uint64_t, uint64_t) {}

void PrivateView::clear() {
	if (shared_ != nullptr) {
		scheduler().point("unmap", 5, bytes_);
		kernel().unmap(shared_);
		shared_ = nullptr;
	}
	if (memory_ != nullptr) {
		std::fill_n(memory_, bytes_, std::byte{0});
	}
	is_clear_ = true;
}

PrivateView::~PrivateView() {
	clear();
	delete[] memory_;
}

RegionView::~RegionView() {
	if (memory_ != nullptr) {
		scheduler().point("unmap", 5, bytes_);
		kernel().unmap(memory_);
	}
}

} // namespace ringwire
