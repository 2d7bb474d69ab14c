// A child that is created by fork without exec: it cannot use the endpoints of its parent, and nothing changes because it exists.
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/duplex/duplex_endpoint.h"
#include "platform/linux/folders/folder_lock.h"
#include "platform/linux/owned_descriptors.h"
#include "platform/linux/unix_socket.h"
#include "platform/region.h"
#include "test/company.h"
#include "test/linux/channel_names.h"
#include "test/linux/child_process.h"
#include "test/pool_company.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

// Runs in a child. Its exit status is the result of the check, as the failure of a law is not seen there.
template <typename F>
bool holds_in_child(const F& check) {
	std::fflush(nullptr);
	const pid_t child = fork();
	if (child == 0) {
		_exit(check() ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	int status = 0;
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

// Descriptors of the kinds that keep a peer waiting or a lock taken. Does not allocate: in a child other threads may have held the allocator.
int vital_descriptors() {
	int count = 0;
	for (int i = 0; i < 128; ++i) {
		std::array<char, 32> name{};
		std::array<char, 256> target{};
		(void)std::snprintf(name.data(), name.size(), "/proc/self/fd/%d", i);
		const ssize_t length = readlink(name.data(), target.data(), target.size());
		const std::string_view text(target.data(), static_cast<size_t>(std::max<ssize_t>(length, 0)));
		count += text.starts_with("socket:") || text.starts_with("anon_inode:") ||
		                 text.starts_with("/memfd:ringwire") || text.find("/lock") != text.npos
		             ? 1
		             : 0;
	}
	return count;
}

size_t mapped_regions() {
	std::ifstream maps("/proc/self/maps");
	size_t count = 0;
	for (std::string line; std::getline(maps, line);) {
		count += line.find("/memfd:ringwire") != line.npos ? 1 : 0;
	}
	return count;
}

// Where an object of the parent has its memory, the child has mapped some of its own. The destructor of the object must leave it there.
template <typename Mapped>
bool survives(std::optional<Mapped>& object) {
	auto* expected = const_cast<std::byte*>(object->memory());
	auto* own = static_cast<std::byte*>(mmap(expected, object->bytes(), PROT_READ | PROT_WRITE,
	                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	if (own != expected) {
		return false;
	}
	object.reset();
	*own = std::byte{1};
	return *own == std::byte{1};
}

} // namespace

LAW("a child cannot use its parent's endpoints, and its use of them changes nothing") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(writer.write("before") == Written::kAccepted);
	const size_t descriptors = descriptor_count();
	const std::vector<std::string> names = names_of(company);
	CHECK(holds_in_child([&] {
		bool good = writer.write("from the child") == Written::kClosed;
		good = good && writer.endpoint.room() == 0 && writer.endpoint.want_space(1) && writer.endpoint.want_drained();
		good = good && writer.endpoint.unread_bytes() == 0;
		writer.endpoint.end();
		writer.endpoint.shutdown();
		good = good && reader.read().empty() && reader.endpoint.available() == 0 && reader.endpoint.begin_wait();
		reader.endpoint.commit(1);
		reader.endpoint.cancel_wait();
		reader.serve();
		writer.serve();
		good = good && writer.endpoint.left() && reader.endpoint.left();
		good = good && writer.endpoint.open_links() == 0 && reader.endpoint.link_counts().empty();
		company.dismiss_all(); // their destructors change nothing either
		return good;
	}));
	company.settle();
	CHECK(descriptor_count() == descriptors && names_of(company) == names);
	CHECK(writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1);
	CHECK(writer.write("after") == Written::kAccepted);
	CHECK(reader.read_all() == Texts({"before", "after"}));
	CHECK(writer.log.count(Type::kDisconnect) == 0 && reader.log.count(Type::kDisconnect) == 0);
}

LAW("a child closes its copies at once, and a handle that it opens has the number of one of them") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	CHECK(holds_in_child([&] {
		const int reused = open("/dev/null", O_RDONLY | O_CLOEXEC);
		company.dismiss_all();
		return fcntl(reused, F_GETFD) != -1; // not closed by an object of the parent
	}));
	company.settle();
	CHECK(writer.write("m") == Written::kAccepted && reader.read_all() == Texts{"m"});
}

LAW("a child cannot open an endpoint that its parent has made") {
	Company company;
	WriterEndpoint writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
	ReaderEndpoint reader(company.contract, {});
	OsHandle near = kNoHandle;
	OsHandle far = kNoHandle;
	REQUIRE(make_link_pair(near, far).ok());
	ReceivedHandle near_owner(near);
	const ReceivedHandle far_owner(far);
	CHECK(holds_in_child([&] {
		return writer.open().code == Code::kClosed && reader.open().code == Code::kClosed &&
		       near_owner.release() == kNoHandle && names_of(company).empty();
	}));
	CHECK(writer.open().ok() && reader.open().ok() && names_of(company).size() == 2);
}

LAW("a child does not remove the lock that its parent holds") {
	Company company;
	FolderLock lock;
	Status status;
	REQUIRE(lock.take(company.folder / "place", status, kNoGroup) == FolderLock::Taken::kYes);
	CHECK(holds_in_child([&] {
		lock.release();
		FolderLock second;
		return second.take(company.folder / "place", status, kNoGroup) == FolderLock::Taken::kBusy;
	}));
	CHECK(access((company.folder / "place/lock").c_str(), F_OK) == 0);
}

LAW("a lock that a killed parent held is free while its child lives") {
	Company company;
	const std::string place = company.folder / "place";
	const ProcessEvent forked;
	int lifeline[2]; // closed here when the law ends
	REQUIRE(pipe2(lifeline, O_CLOEXEC) == 0);
	const HandleOwner own_end(lifeline[1]);
	std::fflush(nullptr);
	const pid_t parent = fork();
	if (parent == 0) {
		FolderLock lock;
		Status status;
		if (lock.take(place, status, kNoGroup) == FolderLock::Taken::kYes && fork() == 0) {
			forked.set();
			char byte = 0;
			_exit(static_cast<int>(read(lifeline[0], &byte, 1)));
		}
		pause();
	}
	close(lifeline[0]);
	forked.wait();
	kill(parent, SIGKILL);
	waitpid(parent, nullptr, 0);
	FolderLock lock;
	Status status;
	CHECK(lock.take(place, status, kNoGroup) == FolderLock::Taken::kYes);
}

LAW("in a child a blocking call serves the other endpoints that the child has opened") {
	Company company;
	Neighbours neighbours;
	TestReader& reader = company.reader();
	TestWriter& writer = company.writer();
	for (Endpoint* endpoint : {&reader.common(), &writer.common()}) {
		neighbours.add(*endpoint);
		endpoint->live_among(neighbours);
	}
	company.settle();
	(void)reader.endpoint.wait_until(0); // makes the wait set of the neighbours
	CHECK(holds_in_child([&] {
		Contract contract = company.contract;
		contract.name = "child";
		ReaderEndpoint own(contract, {});
		ReaderEndpoint other(contract, {});
		WriterEndpoint peer(contract, {kCapacityMin, kCapacityMin / 2, 16});
		bool good = own.open().ok() && other.open().ok();
		for (Endpoint* endpoint : {static_cast<Endpoint*>(&own), static_cast<Endpoint*>(&other)}) {
			neighbours.add(*endpoint);
			endpoint->live_among(neighbours);
		}
		good = good && peer.open().ok();
		while (good && other.open_links() == 0) {
			(void)peer.service();
			(void)own.wait_until(monotonic_nanos() + 1'000'000);
			Event event;
			while (own.take_event(event)) {
			}
		}
		return good;
	}));
}

LAW("a child can open endpoints of its own, also on its parent's channel") {
	Company company;
	TestReader& reader = company.reader();
	TestWriter& writer = company.writer();
	company.settle();
	std::fflush(nullptr);
	const pid_t child = fork();
	if (child == 0) {
		WriterEndpoint own(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
		const std::string text = "from the child";
		if (!own.open().ok() ||
		    own.try_write(reinterpret_cast<const std::byte*>(text.data()), text.size()) != Written::kAccepted ||
		    own.want_drained()) {
			_exit(EXIT_FAILURE);
		}
		while ((own.service() & kWakeDrained) == 0) {
			usleep(1000);
		}
		own.leave();
		_exit(EXIT_SUCCESS);
	}
	Texts texts;
	company.until([&] {
		const Texts more = reader.read_all();
		texts.insert(texts.end(), more.begin(), more.end());
		(void)reader.endpoint.begin_wait(); // confirms them
		return reader.log.count(Type::kDisconnect) == 1;
	});
	int status = 0;
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
	CHECK(texts == Texts{"from the child"} && reader.log.departed(Reason::kClosed));
	CHECK(writer.write("m") == Written::kAccepted && reader.read_all() == Texts{"m"});
}

LAW("the death of a parent is reported while its child lives") {
	Company company;
	TestReader& reader = company.reader();
	int lifeline[2]; // closed here when the law ends
	REQUIRE(pipe2(lifeline, O_CLOEXEC) == 0);
	const HandleOwner own_end(lifeline[1]);
	const ProcessEvent forked;
	std::fflush(nullptr);
	const pid_t parent = fork();
	if (parent == 0) {
		WriterEndpoint writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
		if (!writer.open().ok()) {
			_exit(EXIT_FAILURE);
		}
		while (writer.open_links() == 0) {
			(void)writer.service();
			usleep(1000);
		}
		if (fork() == 0) {
			forked.set();
			char byte = 0;
			_exit(static_cast<int>(read(lifeline[0], &byte, 1))); // lives until the law ends
		}
		pause();
	}
	close(lifeline[0]);
	company.until([&] { return reader.endpoint.open_links() == 1; });
	forked.wait();
	kill(parent, SIGKILL);
	company.until([&] {
		(void)reader.read();
		return reader.log.count(Type::kDisconnect) == 1;
	});
	CHECK(reader.log.departed(Reason::kDied));
	int status = 0;
	waitpid(parent, &status, 0);
}

LAW("a child keeps no descriptor that another thread opens or closes at that time") {
	constexpr int kForks = 150;
	Company company;
	const int before = vital_descriptors();
	std::atomic<bool> over{false};
	std::thread other([&] {
		while (!over) {
			WriterEndpoint writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
			ReaderEndpoint reader(company.contract, {});
			(void)writer.open();
			(void)reader.open();
			for (int i = 0; i < 3; ++i) {
				(void)writer.service();
				(void)reader.service();
			}
		}
	});
	int keepers = 0;
	for (int i = 0; i < kForks; ++i) {
		const pid_t child = fork();
		if (child == 0) {
			_exit(vital_descriptors() == before ? EXIT_SUCCESS : EXIT_FAILURE);
		}
		int status = 0;
		waitpid(child, &status, 0);
		keepers += WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : 1;
	}
	over = true;
	other.join();
	CHECK(keepers == 0);
}

LAW("a thread that forks between the opening of a descriptor and its registration does not wait for itself") {
	std::fflush(nullptr);
	std::optional<ForkBarrier> barrier(std::in_place);
	const pid_t child = fork();
	barrier.reset();
	if (child == 0) {
		_exit(holds_in_child([] { return true; }) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	int status = 0;
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
	CHECK(holds_in_child([] { return true; }));
}

LAW("a child does not map the memory of its parent's endpoints") {
	Company company;
	company.reader();
	company.writer();
	company.settle();
	CHECK(mapped_regions() == 5); // the lane and the cursor, twice, and the reader's private view of the lane
	CHECK(holds_in_child([] { return mapped_regions() == 0; }));
}

LAW("a region of a parent unmaps nothing in a child") {
	std::optional<Region> region(std::in_place);
	REQUIRE(region->create(kCursorBytes).ok());
	std::optional<RegionView> view(std::in_place);
	REQUIRE(view->map(dup(static_cast<int>(region->share())), kCursorBytes, kCursorBytes).ok());
	CHECK(holds_in_child([&] { return survives(region) && survives(view); }));
}

LAW("a child by fork leaves the pool of its parent's writers alone, also when one of them waits for room") {
	auto pool = std::make_shared<SharedPool>();
	REQUIRE(pool->create({kChunksOffset + 4096, 4096}).ok());
	Company company;
	auto writer =
		std::make_unique<TestWriter>(company.contract, LaneGeometry{kCapacityMin, kCapacityMin / 2, 16}, pool);
	REQUIRE(writer->opened.ok());
	const std::optional<uint32_t> loan = pool->chunks().allocate(4096);
	REQUIRE(loan && writer->endpoint.keep_descriptor() == Written::kAccepted && !writer->endpoint.want_room(1));
	CHECK(holds_in_child([&] {
		const bool is_known = !pool->is_of_this_process();
		const bool is_over = writer->endpoint.want_room(1);
		writer->endpoint.cancel_room();
		const bool is_closed = writer->endpoint.put_from_pool(*loan, 1) == Written::kClosed;
		writer.reset();
		pool.reset();
		return is_known && is_over && is_closed;
	}));
	pool->release(*loan);
	CHECK((writer->endpoint.service() & kWakeRoom) != 0);
}

LAW("a child by fork leaves the leases of its parent's readers alone") {
	auto pool = std::make_shared<SharedPool>();
	REQUIRE(pool->create({kChunksOffset + 4096, 4096}).ok());
	Company company;
	TestWriter& writer = company.writer_with(pool, 16);
	TestReader& reader = company.reader();
	company.settle();
	std::vector<Leased> leases;
	for (const char* text : {"in the lane", "in the pool", "kept", "in the lane again"}) {
		CHECK((text[0] == 'k' || text[7] == 'p' ? put(writer, text) : writer.write(text)) == Written::kAccepted);
		leases.push_back(reader.endpoint.read_lease(nullptr, 0, 0, 1));
		REQUIRE(leases.back().kind == Leased::Kind::kView);
	}
	leases[2].lane->keep(leases[2].sequence);
	CHECK(holds_in_child([&] {
		for (const Leased& leased : leases) {
			leased.lane->keep(leased.sequence);
			leased.lane->release(leased.sequence);
		}
		return true;
	}));
	CHECK(writer.endpoint.unread() == 4);
	for (const Leased& leased : leases) {
		leased.lane->release(leased.sequence);
	}
	CHECK(writer.endpoint.unread() == 0);
}
