// Shared memory: the guarantees of its owner, and the checks of a peer.
#include "platform/region.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "test/law.h"
#include "test/linux/descriptor_limit.h"
#include "test/linux/full_kernel.h"
#include "test/scratch_folder.h"

using namespace ringwire;

namespace {

constexpr uint64_t kBytes = 16384;

int file_of(const Region& region) {
	return static_cast<int>(region.share());
}

// A memfd that a peer could send.
int memfd(uint64_t bytes, int seals) {
	const int file = memfd_create("peer", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	const auto size = static_cast<off_t>(bytes);
	if (ftruncate(file, size) != 0 || (size > 0 && fallocate(file, 0, 0, size) != 0) ||
	    (seals != 0 && fcntl(file, F_ADD_SEALS, seals) != 0)) {
		law::fail(__FILE__, __LINE__, "could not make a memfd");
	}
	return file;
}

constexpr int kSealed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;

// Maps a handle, which the view takes over, and returns the code.
Code map_code(int file, uint64_t bytes_min = kBytes, uint64_t bytes_max = kBytes) {
	RegionView view;
	const Code code = view.map(file, bytes_min, bytes_max).code;
	CHECK((view.memory() != nullptr) == (code == Code::kOk));
	return code;
}

// Limits the file size of this process. (A request for more memory than the machine has would stop the machine.)
class FileSizeLimit {
public:
	explicit FileSizeLimit(uint64_t bytes) {
		getrlimit(RLIMIT_FSIZE, &before_);
		rlimit now = before_;
		now.rlim_cur = bytes;
		setrlimit(RLIMIT_FSIZE, &now);
		signal_before_ = std::signal(SIGXFSZ, SIG_IGN);
	}
	FileSizeLimit(const FileSizeLimit&) = delete;
	FileSizeLimit& operator=(const FileSizeLimit&) = delete;
	~FileSizeLimit() {
		setrlimit(RLIMIT_FSIZE, &before_);
		std::signal(SIGXFSZ, signal_before_);
	}

private:
	rlimit before_{};
	void (*signal_before_)(int) = SIG_DFL;
};

bool can_map_writable(int file) {
	void* mapped = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mapped != MAP_FAILED) {
		munmap(mapped, kBytes);
	}
	return mapped != MAP_FAILED;
}

} // namespace

LAW("a region is zeroed, and a view sees the bytes of its owner") {
	Region region;
	REQUIRE(region.create(kBytes).ok());
	RegionView view;
	REQUIRE(view.map(dup(file_of(region)), kBytes, kBytes).ok());
	CHECK(view.bytes() == kBytes && region.bytes() == kBytes);
	CHECK(view.memory()[0] == std::byte{0} && view.memory()[kBytes - 1] == std::byte{0});
	region.memory()[kBytes - 1] = std::byte{7};
	CHECK(view.memory()[kBytes - 1] == std::byte{7});
}

LAW("only the first mapping of the owner can write to a region") {
	Region region;
	REQUIRE(region.create(kBytes).ok());
	const int file = file_of(region);
	CHECK(!can_map_writable(file));
	CHECK(pwrite(file, "x", 1, 0) < 0);
	CHECK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0);
	void* mapped = mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, file, 0);
	REQUIRE(mapped != MAP_FAILED);
	CHECK(mprotect(mapped, kBytes, PROT_READ | PROT_WRITE) != 0);
	munmap(mapped, kBytes);
	region.memory()[0] = std::byte{1};
}

LAW("a region cannot be resized, and its seals cannot be changed") {
	Region region;
	REQUIRE(region.create(kBytes).ok());
	const int file = file_of(region);
	CHECK(ftruncate(file, kBytes / 2) != 0);
	CHECK(ftruncate(file, 2 * kBytes) != 0);
	CHECK(fallocate(file, 0, 0, 2 * kBytes) != 0);
	CHECK(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) != 0);
}

LAW("a region cannot be opened again to write to it") {
	Region region;
	REQUIRE(region.create(kBytes).ok());
	const std::string path = "/proc/self/fd/" + std::to_string(file_of(region));
	for (const int flags : {O_RDWR, O_WRONLY, O_RDWR | O_TRUNC}) {
		const int again = open(path.c_str(), flags | O_CLOEXEC);
		if (again >= 0) { // an open without write access does no harm
			CHECK(!can_map_writable(again));
			CHECK(pwrite(again, "x", 1, 0) < 0);
			CHECK(ftruncate(again, 0) != 0);
			close(again);
		}
	}
	CHECK(lseek(file_of(region), 0, SEEK_END) == kBytes);
}

LAW("a view outlives the region and the descriptor that it was made from") {
	const size_t before = descriptor_count();
	RegionView view;
	{
		Region region;
		REQUIRE(region.create(kBytes).ok());
		REQUIRE(view.map(dup(file_of(region)), kBytes, kBytes).ok());
		region.memory()[100] = std::byte{9};
	}
	CHECK(view.memory()[100] == std::byte{9});
	CHECK(descriptor_count() == before);
}

LAW("a region that is no longer shared stays mapped for its owner") {
	const size_t before = descriptor_count();
	Region region;
	REQUIRE(region.create(kBytes).ok());
	region.stop_sharing();
	CHECK(region.share() == kNoHandle);
	CHECK(descriptor_count() == before);
	region.memory()[0] = std::byte{1};
}

LAW("memory that another process could resize or write is refused") {
	const size_t before = descriptor_count();
	CHECK(map_code(memfd(kBytes, kSealed)) == Code::kOk);
	CHECK(map_code(memfd(kBytes, 0)) == Code::kCorrupt);
	CHECK(map_code(memfd(kBytes, F_SEAL_SHRINK | F_SEAL_GROW)) == Code::kCorrupt);
	CHECK(map_code(memfd(kBytes, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE)) == Code::kCorrupt);
	CHECK(map_code(memfd(kBytes, F_SEAL_GROW | F_SEAL_FUTURE_WRITE)) == Code::kCorrupt);
	CHECK(descriptor_count() == before);
}

LAW("memory of an unexpected size is refused") {
	CHECK(map_code(memfd(kBytes, kSealed), kBytes, 2 * kBytes) == Code::kOk);
	CHECK(map_code(memfd(2 * kBytes, kSealed), kBytes, 2 * kBytes) == Code::kOk);
	CHECK(map_code(memfd(kBytes - 1, kSealed), kBytes, 2 * kBytes) == Code::kCorrupt);
	CHECK(map_code(memfd(2 * kBytes + 1, kSealed), kBytes, 2 * kBytes) == Code::kCorrupt);
	CHECK(map_code(memfd(0, kSealed), 1, kBytes) == Code::kCorrupt);
}

LAW("memory that is not fully allocated is refused") {
	for (const off_t allocated : {off_t{0}, off_t{4096}, off_t{kBytes - 4096}}) {
		const int file = memfd_create("sparse", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		REQUIRE(ftruncate(file, kBytes) == 0 && (allocated == 0 || fallocate(file, 0, 0, allocated) == 0));
		REQUIRE(fcntl(file, F_ADD_SEALS, kSealed) == 0);
		RegionView view;
		const Status status = view.map(file, kBytes, kBytes);
		CHECK(status.code == Code::kCorrupt);
		CHECK(status.message.find("only " + std::to_string(allocated) + " are allocated") != std::string::npos);
	}
}

LAW("a region is allocated in spite of signals") {
	Region region;
	with_interrupted_call(SYS_fallocate, 3, [&] { CHECK(region.create(kBytes).ok()); });
	RegionView view;
	CHECK(view.map(dup(file_of(region)), kBytes, kBytes).ok());
}

LAW("a region stays sealed while it is allocated in steps, and a step that fails is LIMIT and leaves what there was") {
	Region region;
	REQUIRE(region.create(kBytes, 4096).ok());
	const int file = file_of(region);
	const auto blocks = [file] {
		struct stat facts {};
		return fstat(file, &facts) == 0 ? static_cast<uint64_t>(facts.st_blocks) * 512 : 0;
	};
	CHECK(!can_map_writable(file) && ftruncate(file, 2 * kBytes) != 0 && ftruncate(file, 4096) != 0);
	CHECK(blocks() == 4096);
	for (const int error : {ENOSPC, ENOMEM}) {
		with_failing_call(SYS_fallocate, static_cast<unsigned>(error), [&] {
			const Status status = region.allocate(8192);
			CHECK(status.code == Code::kLimit && status.error == error && std::string(status.syscall) == "fallocate");
		});
		CHECK(region.allocated() == 4096 && blocks() == 4096);
	}
	region.memory()[4095] = std::byte{1};
	with_interrupted_call(SYS_fallocate, 3, [&] { CHECK(region.allocate(8192).ok()); });
	CHECK(region.allocated() == 8192 && blocks() == 8192);
	REQUIRE(region.allocate(kBytes).ok());
	CHECK(blocks() == kBytes && !can_map_writable(file) && pwrite(file, "x", 1, 0) < 0);
}

LAW("a handle that is no memory is refused") {
	const size_t before = descriptor_count();
	const ScratchFolder folder;
	const std::string path = folder / "regular";
	const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(ftruncate(file, kBytes) == 0);
	CHECK(map_code(file) == Code::kCorrupt);
	CHECK(map_code(open("/dev/zero", O_RDWR | O_CLOEXEC)) == Code::kCorrupt);
	CHECK(map_code(open("/tmp", O_RDONLY | O_CLOEXEC)) == Code::kCorrupt);
	std::array<int, 2> ends{};
	REQUIRE(pipe(ends.data()) == 0);
	CHECK(map_code(ends[0]) == Code::kCorrupt);
	close(ends[1]);
	CHECK(descriptor_count() == before);
}

LAW("a region without descriptors or memory fails and leaves nothing behind") {
	const size_t before = descriptor_count();
	{
		const DescriptorLimit limit;
		Region region;
		const Status status = region.create(kBytes);
		CHECK(status.code == Code::kLimit && status.error == EMFILE);
		CHECK(std::string(status.syscall) == "memfd_create");
		CHECK(region.memory() == nullptr);
	}
	{
		const FileSizeLimit limit(kBytes - 1);
		Region region;
		const Status status = region.create(kBytes);
		CHECK(status.code == Code::kLimit && std::string(status.syscall) == "ftruncate");
		CHECK(region.memory() == nullptr);
	}
	CHECK(descriptor_count() == before);
}

LAW("a region that is larger than any lane is refused before memory is allocated") {
	const size_t before = descriptor_count();
	for (const uint64_t bytes :
	     {uint64_t{0}, kRegionBytesMax + 1, uint64_t{1} << 40, uint64_t{1} << 63, ~uint64_t{0}}) {
		Region region;
		const Status status = region.create(bytes);
		CHECK(status.code == Code::kLimit && status.error == 0);
		CHECK(region.memory() == nullptr && region.share() == kNoHandle);
	}
	CHECK(descriptor_count() == before);
}
