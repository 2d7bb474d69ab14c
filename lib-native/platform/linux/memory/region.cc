// Regions as sealed memfds.
#include "platform/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "core/limits.h"
#include "platform/linux/failure.h"
#include "platform/linux/memory/retired_ranges.h"
#include "platform/linux/owned_descriptors.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace ringwire {

namespace {

// FUTURE_WRITE: our mapping goes on being writable, and there can never be another. SEAL: no seal is added later.
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
constexpr int kSealsDemanded = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;

// glibc has a function for this call only from 2.27 on.
int memory_file(unsigned flags) {
	return static_cast<int>(syscall(SYS_memfd_create, "ringwire", flags));
}

int anonymous_file() {
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	const int file = memory_file(flags | MFD_NOEXEC_SEAL);
	return file < 0 && errno == EINVAL ? memory_file(flags) : file; // before Linux 6.3
}

// A child by fork does not get the mapping, so it does not keep the memory of a dead parent. MAP_FAILED as mmap.
void* map_in_this_process(int file, uint64_t bytes, int protection, int kind = MAP_SHARED) {
	const ForkBarrier barrier;
	void* mapped = mmap(nullptr, bytes, protection, kind, file, 0);
	if (mapped != MAP_FAILED) {
		(void)madvise(mapped, bytes, MADV_DONTFORK);
	}
	return mapped;
}

std::string shortage_of(uint64_t bytes) {
	return "could not get " + std::to_string(bytes) + " bytes of shared memory";
}

} // namespace

Status Region::create(uint64_t bytes, uint64_t bytes_now) {
	const std::string what = shortage_of(bytes);
	// The kernel would go on allocating until it kills a process for want of memory.
	if (bytes == 0 || bytes > kRegionBytesMax) {
		return Status::failure(Code::kLimit, what + ": a region has 1 to " + std::to_string(kRegionBytesMax));
	}
	handle_.adopt(open_registered(anonymous_file));
	const int file = static_cast<int>(handle_.get());
	if (file < 0) {
		return system_failure("memfd_create", what);
	}
	if (ftruncate(file, static_cast<off_t>(bytes)) != 0) {
		return system_failure("ftruncate", what);
	}
	bytes_ = bytes;
	Status status = allocate(bytes_now);
	if (!status.ok()) {
		return status;
	}
	void* mapped = map_in_this_process(file, bytes, PROT_READ | PROT_WRITE);
	if (mapped == MAP_FAILED) {
		return system_failure("mmap", what);
	}
	memory_ = static_cast<std::byte*>(mapped);
	mapper_ = ProcessMark();
	if (fcntl(file, F_ADD_SEALS, kSeals) != 0) {
		return system_failure("fcntl", "could not seal shared memory (Linux 5.1 or newer is needed)");
	}
	return {};
}

// Before any store, so that a lack of memory is an error here and not a SIGBUS in the middle of a message. An interrupted fallocate gives back
// the memory that it has allocated in that call. Small steps make progress even under a profiler's timer.
Status Region::allocate(uint64_t end) {
	constexpr uint64_t kStep = uint64_t{256} << 10;
	while (allocated_ < end) {
		const uint64_t length = std::min(kStep, end - allocated_);
		if (fallocate(static_cast<int>(handle_.get()), 0, static_cast<off_t>(allocated_), static_cast<off_t>(length)) ==
		    0) {
			allocated_ += length;
		} else if (errno != EINTR) {
			return system_failure("fallocate", shortage_of(bytes_));
		}
	}
	return {};
}

Region::~Region() {
	if (memory_ == nullptr || !mapper_.is_of_this_process()) {
		return;
	}
	if (keeps_range_) {
		retire_range(memory_, bytes_);
	} else {
		munmap(memory_, bytes_);
	}
}

Status RegionView::map(OsHandle handle, uint64_t bytes_min, uint64_t bytes_max, PrivateView* lent) {
	const ReceivedHandle owner(handle); // the mapping outlives the descriptor
	const int file = static_cast<int>(handle);
	const int seals = fcntl(file, F_GET_SEALS);
	if (seals < 0 || (seals & kSealsDemanded) != kSealsDemanded) {
		return Status::failure(Code::kCorrupt,
		                       "the peer's memory is not sealed: it could be resized or written by others");
	}
	// After the seals were seen: from there on the size cannot change.
	struct stat facts {};
	if (fstat(file, &facts) != 0) {
		return system_failure("fstat", "the peer's memory has no size");
	}
	const auto bytes = static_cast<uint64_t>(facts.st_size);
	if (bytes < bytes_min || bytes > bytes_max) {
		return Status::failure(Code::kCorrupt, "the peer's memory has " + std::to_string(bytes) + " bytes, expected " +
		                                           std::to_string(bytes_min) + " to " + std::to_string(bytes_max));
	}
	// The page faults of this process would allocate a sparse region, on its account. The seals rule out holes made later.
	constexpr uint64_t kBlock = 512;
	if (static_cast<uint64_t>(facts.st_blocks) * kBlock < bytes) {
		return Status::failure(Code::kCorrupt,
		                       "the peer's memory has " + std::to_string(bytes) + " bytes, of which only " +
		                           std::to_string(static_cast<uint64_t>(facts.st_blocks) * kBlock) + " are allocated");
	}
	void* mapped = map_in_this_process(file, bytes, PROT_READ);
	if (mapped == MAP_FAILED) {
		return system_failure("mmap", "could not map the peer's memory");
	}
	memory_ = static_cast<const std::byte*>(mapped);
	bytes_ = bytes;
	mapper_ = ProcessMark();
	if (lent != nullptr) {
		// While it cannot be stored to, the kernel counts no memory for it. It needs no descriptor that would have to stay open.
		void* own = map_in_this_process(file, bytes, PROT_READ, MAP_PRIVATE | MAP_NORESERVE);
		if (own != MAP_FAILED) {
			lent->memory_ = static_cast<std::byte*>(own);
			lent->bytes_ = bytes;
			lent->mapper_ = ProcessMark();
		}
	}
	return {};
}

RegionView::~RegionView() {
	if (memory_ != nullptr && mapper_.is_of_this_process()) {
		munmap(const_cast<std::byte*>(memory_), bytes_);
	}
}

} // namespace ringwire
