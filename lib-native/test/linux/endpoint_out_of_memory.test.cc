// A kernel without memory for the next step of a lane.
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/introduction.h"
#include "test/company.h"
#include "test/linux/full_kernel.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

constexpr uint64_t kStep = kCapacityMin / kLaneStepDivisor;

template <typename Function>
void without_memory(const Function& function) {
	with_failing_call(SYS_fallocate, ENOSPC, function);
}

// Bytes that the kernel has allocated for the lane, which is the newest region of this process.
uint64_t kernel_bytes() {
	uint64_t bytes = 0;
	for (int file = 0; file < 256; ++file) {
		struct stat facts {};
		if (fcntl(file, F_GET_SEALS) > F_SEAL_SEAL && fstat(file, &facts) == 0 && facts.st_size > 4096) {
			bytes = static_cast<uint64_t>(facts.st_blocks) * 512;
		}
	}
	return bytes;
}

} // namespace

LAW("a write for which a lane cannot grow is LIMIT, stores nothing, and succeeds when there is memory again") {
	for (const Overflow overflow :
	     {Overflow::kBlock, Overflow::kDropNewest, Overflow::kDropOldest, Overflow::kLatest}) {
		Company company(overflow);
		TestWriter& writer = company.writer();
		const uint64_t first = writer.endpoint.mapped_bytes();
		REQUIRE(kernel_bytes() == first);
		CHECK(writer.write(std::string(kStep - 8, 'a')) == Written::kAccepted);
		const std::string text(9, 'b');
		const auto* slab = reinterpret_cast<const std::byte*>(text.data());
		const uint32_t ends[] = {1, 9};
		without_memory([&] {
			CHECK(writer.write(text) == Written::kNoMemory);
			CHECK(writer.endpoint.shortage().code == Code::kLimit && writer.endpoint.shortage().error == ENOSPC);
			const WriterEndpoint::BatchWritten batch = writer.endpoint.try_write_batch(slab, ends, 2);
			CHECK(batch.written == Written::kNoMemory && batch.accepted == 0);
			CHECK(writer.write(std::string(8, 'c')) == Written::kAccepted); // in the allocated part
		});
		CHECK(writer.endpoint.mapped_bytes() == first && kernel_bytes() == first);
		CHECK(writer.endpoint.counts().messages == 2 && writer.endpoint.counts().dropped == 0);
		CHECK(writer.write(text) == Written::kAccepted);
		TestReader& reader = company.reader();
		company.settle();
		if (overflow != Overflow::kLatest) {
			CHECK(reader.read_all() == Texts({std::string(kStep - 8, 'a'), std::string(8, 'c'), text}));
		}
	}
}

LAW("a reader that comes when a lane cannot be allocated is refused with LIMIT, and linked when there is memory") {
	for (const bool writer_first : {true, false}) {
		Company company;
		const Company::Pair pair = company.pair(writer_first);
		TestWriter& writer = pair.writer;
		TestReader& reader = pair.reader;
		CHECK(writer.write("m") == Written::kAccepted);
		const uint64_t before = writer.endpoint.mapped_bytes();
		const auto serve_both = [&] {
			without_memory([&] { writer.serve(); }); // the reader has memory for its cursor
			reader.serve();
		};
		while (writer.log.count(Type::kError) == 0 || reader.log.count(Type::kError) == 0) {
			serve_both();
		}
		for (const Member* member : {static_cast<const Member*>(&writer), static_cast<const Member*>(&reader)}) {
			CHECK(member->log.last(Type::kError)->status.code == Code::kLimit);
			CHECK(member->log.count(Type::kConnect) == 0);
		}
		CHECK(std::string(writer.log.last(Type::kError)->status.syscall) == "fallocate");
		CHECK(writer.endpoint.mapped_bytes() == before);
		const uint64_t several_tries = monotonic_nanos() + 3 * kConnectRetryNanos;
		while (monotonic_nanos() < several_tries) {
			serve_both();
		}
		CHECK(writer.log.count(Type::kError) == 1 && reader.log.count(Type::kError) == 1); // for the whole shortage
		company.until([&] { return reader.endpoint.open_links() == 1; });
		CHECK(reader.read_all() == Texts{"m"});
	}
}

LAW("the lane of a connection is allocated when it is opened") {
	const Company company;
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	for (const bool has_memory : {false, true}) {
		LinkEnd near;
		LinkOffer other;
		REQUIRE(offer_link(near, other).ok());
		WriterEndpoint writer(company.contract, geometry);
		Status status;
		const auto open = [&] { status = writer.open_on(near, Peer{7, 1, 1, Role::kServer}); };
		if (has_memory) {
			open();
			CHECK(status.ok() && writer.mapped_bytes() == geometry.lane_bytes());
		} else {
			without_memory(open);
			CHECK(status.code == Code::kLimit && writer.left());
		}
	}
}
