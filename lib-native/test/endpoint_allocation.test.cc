// The memory of a lane: allocated in steps until the lane is shared, completely from then on.
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

const uint64_t kWhole = LaneGeometry{kCapacityMin, kCapacityMin / 2, 64}.lane_bytes();
constexpr uint64_t kStep = kCapacityMin / kLaneStepDivisor;

uint64_t allocated(const TestWriter& writer) {
	return writer.endpoint.mapped_bytes();
}

} // namespace

LAW("a writer allocates the head of its lane and one step, and the rest while it writes") {
	Company company;
	TestWriter& writer = company.writer();
	CHECK(allocated(writer) == kWhole - 3 * kStep);
	CHECK(writer.write(std::string(kStep, 'a')) == Written::kAccepted);
	CHECK(allocated(writer) == kWhole - 3 * kStep);
	CHECK(writer.write("b") == Written::kAccepted);
	CHECK(allocated(writer) == kWhole - 2 * kStep);
	CHECK(writer.write(std::string(2 * kStep, 'c')) == Written::kAccepted);
	CHECK(allocated(writer) >= kWhole - kStep && allocated(writer) < kWhole);
	CHECK(writer.write(std::string(kStep, 'd')) == Written::kFull);
	CHECK(writer.write(std::string(kStep - 8, 'd')) == Written::kAccepted);
	CHECK(allocated(writer) == kWhole);
}

LAW("a batch allocates what all of its messages need before the first one is put") {
	Company company;
	TestWriter& writer = company.writer();
	const std::string text(2 * kStep, 'x');
	const uint32_t ends[] = {8, 9, 2 * kStep};
	const auto* slab = reinterpret_cast<const std::byte*>(text.data());
	CHECK(writer.endpoint.try_write_batch(slab, ends, 3).accepted == 3);
	CHECK(allocated(writer) >= kWhole - 2 * kStep + 8);
}

LAW("a lane without limit is allocated completely when its writer comes to its end") {
	Company company(Overflow::kDropOldest);
	TestWriter& writer = company.writer();
	const std::string text(kStep + kStep / 2 + 8, 'x');
	CHECK(writer.write(text) == Written::kAccepted);
	CHECK(writer.write(text) == Written::kAccepted);
	CHECK(allocated(writer) < kWhole);
	CHECK(writer.write(text) == Written::kAccepted);
	CHECK(allocated(writer) == kWhole);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == Texts({text, text}));
}

LAW("a lane is allocated completely before it is shared, and its messages are intact") {
	for (const bool writer_first : {true, false}) {
		Company company;
		const auto [writer, reader] = company.pair(writer_first);
		CHECK(allocated(writer) == kWhole - 3 * kStep);
		CHECK(writer.write(std::string(kStep + 1, 'a')) == Written::kAccepted);
		company.settle();
		CHECK(writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1);
		CHECK(allocated(writer) == kWhole);
		CHECK(writer.write(std::string(2 * kStep, 'b')) == Written::kAccepted);
		CHECK(reader.read_all() == Texts({std::string(kStep + 1, 'a'), std::string(2 * kStep, 'b')}));
	}
}
