// The limits of peers and mappings, and one more: an error that names the limit, and the other endpoints continue.
#include "test/linux/mapping_limit.h"

#include <cstdio>
#include <vector>

#include <sys/resource.h>

#include "core/limits.h"
#include "platform/clock.h"
#include "test/company.h"
#include "test/law.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

// False, with a message, if this process may not have that number.
bool can_have_descriptors(rlim_t count) {
	rlimit limit{};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= count) {
		return true;
	}
	std::printf("  NOT CHECKED: needs %llu descriptors\n", static_cast<unsigned long long>(count));
	return false;
}

bool has_sanitizer() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	std::printf("  NOT CHECKED: a sanitizer needs mappings of its own\n");
	return true;
#else
	return false;
#endif
}

} // namespace

LAW("a reader has 1024 writers, the next one is refused with the reason and takes the place of one that leaves") {
	constexpr size_t kWriters = kLinksMax + 1;
	if (!can_have_descriptors(8 * kWriters)) {
		return;
	}
	Company company;
	TestReader& reader = company.reader();
	std::vector<TestWriter*> writers;
	for (size_t i = 0; i < kWriters; ++i) {
		writers.push_back(&company.writer());
		while (reader.endpoint.open_links() < std::min(i + 1, kLinksMax)) {
			reader.serve();
			writers.back()->serve();
		}
	}
	TestWriter& last = *writers.back();
	company.until([&] { return reader.endpoint.open_links() == kLinksMax && last.log.count(Type::kError) == 1; });
	CHECK(last.log.last(Type::kError)->status.code == Code::kLimit);
	CHECK(last.log.last(Type::kError)->status.message.find("1024 peers") != std::string::npos);
	const uint64_t several_tries = monotonic_nanos() + 4 * kConnectRetryNanos;
	company.until([&] { return monotonic_nanos() > several_tries; });
	CHECK(reader.log.count(Type::kError) == 1);
	for (TestWriter* writer : writers) {
		CHECK(writer->write("x") == WriterEndpoint::Written::kAccepted);
	}
	size_t read = 0;
	company.until([&] { return (read += reader.read_all().size()) == kLinksMax; });

	writers.front()->endpoint.leave();
	company.until([&] {
		read += reader.read_all().size();
		return last.endpoint.open_links() == 1 && read == kLinksMax + 1;
	});
	CHECK(last.log.count(Type::kError) == 1);
}

LAW("without a free mapping no endpoint opens, open ones continue, and peers are linked as soon as there are some") {
	if (has_sanitizer()) {
		return;
	}
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	REQUIRE(reader.endpoint.open_links() == 1);
	unsigned refused = 0;
	unsigned unlinked = 0;
	for (size_t spare = 0; spare <= 16; spare += 2) {
		// An endpoint that could be opened but not linked.
		TestReader late(company.contract, {});
		{
			const MappingLimit limit(spare);
			if (!limit.reached()) {
				std::printf("  NOT CHECKED: this system allows more mappings than can be made here\n");
				return;
			}
			const TestWriter another(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
			if (!another.opened.ok()) {
				CHECK(another.opened.code == Code::kLimit && another.opened.error == ENOMEM);
				refused += 1;
			}
			writer.serve();
			late.serve();
			writer.serve();
			late.serve();
			unlinked += late.endpoint.open_links() == 0 ? 1 : 0;
			CHECK(writer.write("goes on") == WriterEndpoint::Written::kAccepted);
			CHECK(reader.read_all() == Texts{"goes on"});
		}
		while (late.endpoint.open_links() == 0) {
			company.settle();
			late.serve();
		}
		late.endpoint.leave();
		company.settle();
	}
	CHECK(refused > 0);
	CHECK(unlinked > 0);
}
