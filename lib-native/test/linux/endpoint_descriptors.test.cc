// A process without a free descriptor: one error, and all endpoints work when there are some again.
#include "platform/clock.h"
#include "test/company.h"
#include "test/linux/descriptor_limit.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

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

LAW("1000 endpoints open and close without a descriptor or a name left behind") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	const size_t before = descriptor_count();
	const size_t names = company.labels().size();
	uint64_t state = law::seed();
	for (int i = 0; i < 500; ++i) {
		TestWriter& passing_writer = company.writer();
		TestReader& passing_reader = company.reader();
		if (law::next_random(state) % 2 == 0) {
			company.settle();
			CHECK(passing_writer.write("m") == Written::kAccepted);
			(void)passing_reader.read_all();
			(void)reader.read_all();
		}
		company.dismiss(passing_writer);
		company.dismiss(passing_reader);
		if (law::next_random(state) % 4 == 0) {
			company.settle();
		}
		(void)reader.read_all();
		writer.log.events.clear();
		reader.log.events.clear();
	}
	company.settle();
	while (!reader.read_all().empty()) {
	}
	company.until([&] { return descriptor_count() == before; });
	CHECK(company.labels().size() == names);
}
