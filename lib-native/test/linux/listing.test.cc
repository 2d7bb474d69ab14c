// The listing: reports of living endpoints, silence of stopped ones, and names of dead ones.
#include "channel/listing/listing.h"

#include <cstring>
#include <fstream>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "platform/linux/folders/runtime_folder.h"
#include "test/company.h"
#include "test/linux/channel_names.h"
#include "test/linux/child_process.h"
#include "test/linux/descriptor_limit.h"

using namespace ringwire;

namespace {

constexpr uint64_t kSoon = 20'000'000;
constexpr uint64_t kLater = 30'000'000'000;

std::vector<Listed> list(const Company& company, uint64_t timeout_nanos) {
	std::vector<Listed> listed;
	CHECK(list_channels(company.folder.path(), kNoGroup, timeout_nanos, listed).ok());
	return listed;
}

// Serves all endpoints in another thread until it is destroyed.
class Service {
public:
	explicit Service(Company& company)
		: thread_([this, &company] { company.until([this] { return over_.load(); }); }) {}
	Service(const Service&) = delete;
	Service& operator=(const Service&) = delete;
	~Service() {
		over_ = true;
		thread_.join();
	}

private:
	std::atomic<bool> over_{false};
	std::thread thread_;
};

const Listed* find(const std::vector<Listed>& listed, Role role) {
	for (const Listed& entry : listed) {
		if (entry.peer.role == role) {
			return &entry;
		}
	}
	return nullptr;
}

} // namespace

LAW("every endpoint answers with its description and its fill level") {
	Company company;
	TestWriter& writer = company.writer(128);
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write_many("message ", 5) == 5);
	CHECK(reader.read(2).size() == 2);
	CHECK(reader.read(1).size() == 1);
	std::vector<Listed> listed;
	{
		const Service service(company);
		listed = list(company, kLater);
	}
	REQUIRE(listed.size() == 2);
	const Listed* of_writer = find(listed, Role::kWriter);
	const Listed* of_reader = find(listed, Role::kReader);
	REQUIRE(of_writer != nullptr && of_reader != nullptr);
	CHECK(of_writer->answered && of_reader->answered);
	CHECK(of_writer->channel == "channel" && of_writer->codec == "bytes" && of_writer->overflow == "block");
	CHECK(of_writer->peer.process == static_cast<uint32_t>(getpid()));
	CHECK(of_writer->peers == 1 && of_reader->peers == 1);
	CHECK(of_writer->capacity == kCapacityMin && of_writer->depth == 128);
	CHECK(of_writer->messages == 5 && of_writer->unread == 3 && of_writer->unread_bytes == 3 * 16);
	CHECK(of_reader->messages == 3 && of_reader->unread == 2);
	// A query is no event.
	CHECK(writer.log.events.size() == 1 && reader.log.events.size() == 1);
}

LAW("a writer's report has the number of readers that hold it back, and whether a write waits for space") {
	Company company;
	ReaderOptions lossy;
	lossy.lossy = true;
	TestWriter& writer = company.writer(4);
	const auto answer = [&] {
		const Service service(company);
		const std::vector<Listed> listed = list(company, kLater);
		const Listed* of_writer = find(listed, Role::kWriter);
		return of_writer == nullptr ? Listed{} : *of_writer;
	};
	(void)company.reader(lossy);
	company.settle();
	CHECK(writer.write_many("m", 5) == 4 && !writer.endpoint.want_space(1));
	Listed listed = answer();
	CHECK(listed.peers == 1 && listed.holders == 0 && listed.waiting && listed.unread == 4);
	TestReader& holding = company.reader();
	company.settle();
	listed = answer();
	CHECK(listed.peers == 2 && listed.holders == 1 && listed.waiting);
	CHECK(writer.endpoint.holders() == 1);
	CHECK(holding.read_all().size() == 4);
	company.settle();
	listed = answer();
	CHECK(listed.holders == 1 && !listed.waiting);
	company.dismiss(holding);
	company.settle();
	CHECK(writer.endpoint.holders() == 0);
}

LAW("an endpoint that does not answer in time is listed without a report") {
	Company company;
	(void)company.writer();
	const std::vector<Listed> listed = list(company, kSoon);
	REQUIRE(listed.size() == 1);
	CHECK(!listed[0].answered && listed[0].peer.role == Role::kWriter && listed[0].codec.empty());
	company.settle(); // finds that the query connection is closed
}

LAW("a listing removes the names of dead endpoints and their empty folders") {
	Company company;
	const ProcessEvent ready;
	{
		ChildProcess child([&] {
			const TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
			ready.set();
			pause();
		});
		ready.wait();
	}
	CHECK(names_of(company).size() == 1);
	CHECK(list(company, kLater).empty());
	CHECK(company.folder.empty());
}

LAW("a name under which an endpoint is being made is neither listed nor removed") {
	Company company;
	REQUIRE(mkdir((company.folder / "channel").c_str(), 0700) == 0);
	const std::string path = company.folder / "channel/.0123456789abcdef";
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	std::memcpy(address.sun_path, path.data(), path.size());
	const LinkEnd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	REQUIRE(bind(static_cast<int>(socket.handle()), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
	CHECK(list(company, kSoon).empty());
	CHECK(std::filesystem::exists(path));
}

LAW("a listing without a descriptor fails, and with few descriptors it is complete") {
	Company company;
	constexpr size_t kWriters = 40;
	const ProcessEvent ready;
	const ChildProcess child([&] { // with its own descriptor table
		Company there(company.contract);
		for (size_t i = 0; i < kWriters; ++i) {
			(void)there.writer();
		}
		ready.set();
		there.until([] { return false; });
	});
	ready.wait();
	for (unsigned spare = 0; spare <= 8; ++spare) {
		std::vector<Listed> listed;
		Status status;
		{
			const DescriptorLimit limit(spare);
			status = list_channels(company.folder.path(), kNoGroup, kLater, listed);
		}
		CHECK(status.ok() ==
		      (spare >= 3)); // two for the wait set, and one that is used for one endpoint after the other
		CHECK(status.ok() || status.code == Code::kLimit);
		if (status.ok()) {
			CHECK(listed.size() == kWriters);
			CHECK(std::all_of(listed.begin(), listed.end(), [](const Listed& entry) { return entry.answered; }));
		}
	}
}

LAW("a listing of an empty run-time folder is empty, and other files in it are left alone") {
	Company company;
	CHECK(list(company, kLater).empty());
	const std::string foreign = company.folder / "not a channel";
	std::filesystem::create_directory(foreign);
	const auto left_alone = [&](const std::string& name) {
		CHECK(list(company, kLater).empty());
		std::vector<std::string> names;
		CHECK(list_folder(foreign, 10, names).ok());
		CHECK(std::filesystem::exists(foreign) && names == std::vector<std::string>(name.empty() ? 0 : 1, name));
	};
	left_alone("");
	std::filesystem::create_directory(foreign + "/folder");
	left_alone("folder");
	std::filesystem::remove(foreign + "/folder");
	for (const char* name : {"lock", "writer-0123456789abcdef"}) { // files, not sockets
		{ const std::ofstream file(foreign + "/" + name); }
		left_alone(name);
		std::filesystem::remove(foreign + "/" + name);
	}
}

LAW("a listing for a group opens only channels to the group") {
	Company company;
	const auto group = static_cast<uint32_t>(getegid());
	const std::string foreign = company.folder / "run/not a channel";
	std::string path;
	REQUIRE(open_runtime_folder(company.folder / "run", path, group).ok());
	REQUIRE(mkdir(foreign.c_str(), 0700) == 0 && chmod(foreign.c_str(), 0700) == 0);
	std::vector<Listed> listed;
	CHECK(list_channels(path, group, kLater, listed).ok() && listed.empty());
	CHECK(std::filesystem::is_empty(foreign));
	CHECK(std::filesystem::status(foreign).permissions() == std::filesystem::perms::owner_all);
}
