// The names of killed endpoints, and names and folders that an endpoint refuses.
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include "test/company.h"
#include "test/linux/channel_names.h"
#include "test/linux/child_process.h"

using namespace ringwire;

using Type = Event::Type;

LAW("the name of a killed endpoint is removed by its peers, and by the next endpoint") {
	Company company;
	const ProcessEvent ready;
	const auto live = [&] {
		TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
		ready.set();
		for (;;) {
			writer.serve();
			usleep(1000);
		}
	};
	{
		ChildProcess child(live);
		ready.wait();
	}
	REQUIRE(names_of(company).size() == 1);
	TestReader& reader = company.reader();
	CHECK(names_of(company).size() == 1); // its own
	ChildProcess child(live);
	ready.wait();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	CHECK(names_of(company).size() == 2);
	child.kill();
	company.until([&] { return names_of(company).size() == 1; });
	(void)reader.read_all();
	CHECK(reader.log.departed(Event::Reason::kDied));
}

LAW("after the last endpoint has left nothing is left behind, not even the name of a killed one") {
	Company company;
	for (int i = 0; i < 4; ++i) {
		(void)company.writer();
		(void)company.reader();
	}
	company.settle();
	const ProcessEvent ready;
	{
		ChildProcess child([&] {
			const TestWriter stranger(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
			ready.set();
			pause();
		});
		ready.wait();
	} // killed before any peer found it
	CHECK(names_of(company).size() == 9);
	company.dismiss_all();
	CHECK(company.folder.empty());
}

LAW("a name that is too long for a socket's address is a limit and leaves nothing behind") {
	Company company;
	company.contract.name = std::string(kNameLengthMax, 'x');
	company.contract.directory = company.folder / "a-run-time-folder-of-some-length";
	const TestWriter& writer = company.writer();
	CHECK(writer.opened.code == Code::kLimit);
	CHECK(writer.opened.message.find("RINGWIRE_DIR") != std::string::npos);
	CHECK(!std::filesystem::exists(company.contract.directory + "/" + company.contract.name));
}

LAW("a run-time folder that is open to other users is refused by writers and readers") {
	Company company;
	REQUIRE(chmod(company.folder.path().c_str(), 0755) == 0);
	CHECK(company.writer().opened.code == Code::kAccess);
	CHECK(company.reader().opened.code == Code::kAccess);
	CHECK(company.folder.empty());
}
