// Without a descriptor left: an error that says so once, and everything works when there is one again.
#include "platform/clock.h"
#include "test/company.h"
#include "test/descriptor_limit.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

} // namespace

LAW("without a descriptor left nothing opens, nothing leaks, and later everything works") {
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

LAW("a peer that we have no descriptor for is linked as soon as there is one") {
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

LAW("that there is no descriptor for those who come is told once, however often they try") {
	size_t told = 0;
	for (unsigned spare = 0; spare < 4; ++spare) {
		Company company;
		TestWriter& writer = company.writer();
		TestReader& reader = company.reader();
		{
			const DescriptorLimit limit(spare);
			const uint64_t several_tries = monotonic_nanos() + 4 * kConnectRetryNanos;
			company.until([&] { return monotonic_nanos() > several_tries; });
			CHECK(writer.log.count(Type::kError) <= 1 && reader.log.count(Type::kError) <= 1);
			told += writer.log.count(Type::kError);
		}
		company.until([&] { return writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1; });
	}
	CHECK(told > 0);
}

LAW("who could not join later either, for want of descriptors, is told once and joins as soon as there are some") {
	size_t told = 0;
	for (unsigned spare = 0; spare < 3; ++spare) {
		Company company;
		TestReader& reader = company.reader();
		FolderLock lock;
		Status status;
		REQUIRE(lock.take(company.folder / "channel", status) == FolderLock::Taken::kYes);
		TestWriter& writer = company.writer();
		REQUIRE(writer.opened.ok());
		lock.release();
		{
			const DescriptorLimit limit(spare);
			const uint64_t several_tries = monotonic_nanos() + 4 * kConnectRetryNanos;
			company.until([&] { return monotonic_nanos() > several_tries; });
			const Event* error = writer.log.last(Type::kError);
			CHECK(error == nullptr || error->status.code == Code::kLimit);
			CHECK(writer.log.count(Type::kError) <= 1);
			told += writer.log.count(Type::kError);
		}
		company.until([&] { return writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1; });
	}
	CHECK(told > 1);
}

LAW("a peer that we could not connect to for want of descriptors is told once and linked as soon as there are some") {
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
				continue; // too few to be there at all, or enough for everything
			}
			CHECK(reader->log.last(Type::kError)->status.code == Code::kLimit);
		}
		tried += 1;
		company.until([&] { return writer.endpoint.open_links() == 1 && reader->endpoint.open_links() == 1; });
		CHECK(reader->log.count(Type::kError) == 1);
	}
	CHECK(tried > 0);
}
