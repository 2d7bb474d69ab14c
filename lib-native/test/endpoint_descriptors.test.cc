// A process without a free descriptor: one error, and all endpoints work when there are some again.
#include "platform/clock.h"
#include "test/company.h"
#include "test/descriptor_limit.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

} // namespace

LAW("without a free descriptor no endpoint opens, none leaks, and later all open") {
	Company company;
	TestWriter& writer = company.writer();
	const size_t before = descriptor_count();
	for (unsigned spare = 0; spare < 5; ++spare) {
		const DescriptorLimit limit(spare);
		TestReader reader(company.contract, {});
		if (!reader.opened.ok()) {
			CHECK(reader.opened.code == Code::kLimit);
		} else {
			const Event* error = reader.log.last(Type::kError);
			CHECK(error == nullptr || error->status.code == Code::kLimit);
		}
	}
	company.settle();
	CHECK(descriptor_count() == before);
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	CHECK(writer.write("works") == WriterEndpoint::Written::kAccepted);
	CHECK(reader.read_all() == Texts{"works"});
}

LAW("a peer for which there is no descriptor is linked as soon as there is one") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	{
		const DescriptorLimit limit;
		company.settle();
		CHECK(writer.endpoint.open_links() == 0);
	}
	company.until([&] { return writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1; });
	const Event* error = writer.log.last(Type::kError);
	CHECK(error == nullptr || error->status.code == Code::kLimit);
}

LAW("a shortage of descriptors for accepted connections is one error, however often the peers retry") {
	size_t errors = 0;
	for (unsigned spare = 0; spare < 4; ++spare) {
		Company company;
		TestWriter& writer = company.writer();
		TestReader& reader = company.reader();
		{
			const DescriptorLimit limit(spare);
			const uint64_t several_tries = monotonic_nanos() + 4 * kConnectRetryNanos;
			company.until([&] { return monotonic_nanos() > several_tries; });
			CHECK(writer.log.count(Type::kError) <= 1 && reader.log.count(Type::kError) <= 1);
			errors += writer.log.count(Type::kError);
		}
		company.until([&] { return writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1; });
	}
	CHECK(errors > 0);
}

LAW("a peer that cannot be dialled for lack of descriptors is one error, and is linked as soon as there are some") {
	unsigned tried = 0;
	for (unsigned spare = 3; spare < 10; ++spare) {
		Company company;
		TestWriter& writer = company.writer();
		TestReader* reader = nullptr;
		{
			const DescriptorLimit limit(spare);
			reader = &company.reader();
			company.settle();
			if (!reader->opened.ok() || reader->log.count(Type::kError) == 0) {
				continue; // too few to open at all, or enough for all steps
			}
			CHECK(reader->log.last(Type::kError)->status.code == Code::kLimit);
		}
		tried += 1;
		company.until([&] { return writer.endpoint.open_links() == 1 && reader->endpoint.open_links() == 1; });
		CHECK(reader->log.count(Type::kError) == 1);
	}
	CHECK(tried > 0);
}
