// Links between two ends: message boundaries, handles, and all ways in which the other end can close.
#include "platform/linux/unix_socket.h"

#include <array>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/region.h"
#include "test/law.h"
#include "test/linux/child_process.h"
#include "test/linux/descriptor_limit.h"
#include "test/scratch_folder.h"

using namespace ringwire;

namespace {

using Received = LinkEnd::Received;
using Sent = LinkEnd::Sent;
using Accepted = ListenSocket::Accepted;

// Both ends of a link, opened like those of endpoints.
struct Ends {
	Ends() {
		Status status;
		OsHandle handle = kNoHandle;
		ListenSocket listener;
		CHECK(listener.open(folder / "endpoint", 8).ok());
		CHECK(connect_socket(folder / "endpoint", near, status) == Connected::kYes);
		CHECK(listener.accept(handle) == Accepted::kYes);
		far.adopt(handle);
	}
	ScratchFolder folder;
	LinkEnd near;
	LinkEnd far;
};

struct Packet {
	Received received = Received::kNothing;
	std::array<char, 64> bytes{};
	size_t length = 0;
	ReceivedHandle shared;
	bool truncated = false;

	explicit Packet(LinkEnd& socket) {
		received = socket.receive(bytes.data(), bytes.size(), length, shared, truncated);
	}
	[[nodiscard]] bool is(const char* text) const {
		return received == Received::kMessage && length == std::strlen(text) &&
		       std::memcmp(bytes.data(), text, length) == 0;
	}
};

bool send_text(LinkEnd& socket, const char* text) {
	return socket.send(text, std::strlen(text)) == Sent::kYes;
}

// Sends one byte with several handles, unlike an honest peer.
bool send_handles(const LinkEnd& socket, int count) {
	const int file = eventfd(0, EFD_CLOEXEC);
	const HandleOwner owner(file);
	char byte = 'h';
	iovec part{&byte, 1};
	alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> control{};
	msghdr header{};
	header.msg_iov = &part;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = CMSG_SPACE(static_cast<size_t>(count) * sizeof(int));
	cmsghdr* rights = CMSG_FIRSTHDR(&header);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(static_cast<size_t>(count) * sizeof(int));
	for (int i = 0; i < count; ++i) {
		std::memcpy(CMSG_DATA(rights) + static_cast<size_t>(i) * sizeof(int), &file, sizeof file);
	}
	return sendmsg(static_cast<int>(socket.handle()), &header, MSG_NOSIGNAL) == 1;
}

Connected connect_to(const std::string& path, Status& status) {
	LinkEnd socket;
	const Connected connected = connect_socket(path, socket, status);
	CHECK(socket.open() == (connected == Connected::kYes));
	return connected;
}

// Binds a socket of any type and listens if the type allows it.
int listen_at(const std::string& path, int type, int backlog) {
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	std::memcpy(address.sun_path, path.data(), path.size());
	const int file = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	CHECK(bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
	(void)listen(file, backlog);
	return file;
}

} // namespace

LAW("messages keep their boundaries and their order, in both directions") {
	Ends ends;
	CHECK(Packet(ends.far).received == Received::kNothing);
	REQUIRE(send_text(ends.near, "one") && send_text(ends.near, "two") && send_text(ends.far, "back"));
	CHECK(Packet(ends.far).is("one"));
	CHECK(Packet(ends.far).is("two"));
	CHECK(Packet(ends.near).is("back"));
	CHECK(Packet(ends.far).received == Received::kNothing);
}

LAW("a message that is longer than the buffer reports its length, and the next one is whole") {
	Ends ends;
	const std::array<char, 200> large{};
	REQUIRE(ends.near.send(large.data(), large.size()) == Sent::kYes && send_text(ends.near, "next"));
	const Packet packet(ends.far);
	CHECK(packet.received == Received::kMessage && packet.length == 200);
	CHECK(Packet(ends.far).is("next"));
}

LAW("a handle arrives with its message and refers to the same object") {
	Ends ends;
	Region region;
	REQUIRE(region.create(4096).ok());
	region.memory()[5] = std::byte{42};
	REQUIRE(ends.near.send("region", 6, region.share()) == Sent::kYes);
	Packet packet(ends.far);
	REQUIRE(packet.is("region") && packet.shared.held() && !packet.truncated);
	CHECK((fcntl(static_cast<int>(packet.shared.get()), F_GETFD) & FD_CLOEXEC) != 0);
	RegionView view;
	REQUIRE(view.map(packet.shared.release(), 4096, 4096).ok());
	CHECK(view.memory()[5] == std::byte{42});
}

LAW("unexpected handles are closed and reported") {
	Ends ends;
	const size_t before = descriptor_count();
	for (const int count : {1, 2, 4, 5, 16}) {
		REQUIRE(send_handles(ends.near, count));
		Packet packet(ends.far);
		CHECK(packet.is("h") && packet.shared.held());
		CHECK(packet.truncated == (count > 1));
	}
	CHECK(descriptor_count() == before);
}

LAW("handles without a free descriptor are reported as truncated") {
	Ends ends;
	const size_t before = descriptor_count();
	{
		REQUIRE(send_handles(ends.near, 1));
		const DescriptorLimit limit;
		const Packet packet(ends.far);
		CHECK(packet.is("h") && !packet.shared.held() && packet.truncated);
	}
	CHECK(descriptor_count() == before);
}

LAW("every message of a peer that closes arrives before its end-of-file") {
	Ends ends;
	REQUIRE(send_text(ends.near, "last words"));
	ends.near.close();
	CHECK(Packet(ends.far).is("last words"));
	CHECK(Packet(ends.far).received == Received::kGone);
	CHECK(Packet(ends.far).received == Received::kGone);
	CHECK(ends.far.send("x", 1) == Sent::kGone);
}

LAW("the last message of a peer arrives although it closed with unread messages") {
	Ends ends;
	REQUIRE(send_text(ends.far, "never read"));
	REQUIRE(send_text(ends.near, "bye"));
	ends.near.close(); // a connection reset to the kernel
	CHECK(Packet(ends.far).is("bye"));
	CHECK(Packet(ends.far).received == Received::kGone);
}

LAW("every message of a killed peer arrives before its end-of-file") {
	const ScratchFolder folder;
	ListenSocket listener;
	REQUIRE(listener.open(folder / "endpoint", 8).ok());
	const ProcessEvent sent;
	ChildProcess child([&] {
		Status status;
		LinkEnd socket;
		if (connect_socket(folder / "endpoint", socket, status) == Connected::kYes && send_text(socket, "alive")) {
			sent.set();
		}
		pause();
	});
	sent.wait();
	OsHandle handle = kNoHandle;
	REQUIRE(listener.accept(handle) == Accepted::kYes);
	LinkEnd link(handle);
	CHECK(link.credentials().process == static_cast<uint32_t>(child.pid()));
	CHECK(link.credentials().user == own_user());
	child.kill();
	CHECK(Packet(link).is("alive"));
	CHECK(Packet(link).received == Received::kGone);
}

LAW("an empty message is invalid") {
	Ends ends;
	REQUIRE(ends.near.send("", 0) == Sent::kYes);
	CHECK(Packet(ends.far).received == Received::kGone);
}

LAW("a peer that does not read makes its link busy and never blocks the sender") {
	Ends ends;
	uint64_t sent = 0;
	Sent answer = Sent::kYes;
	for (; sent < 100'000 && answer == Sent::kYes; ++sent) {
		answer = ends.near.send("r", 1);
	}
	CHECK(answer == Sent::kFull);
	CHECK(Packet(ends.far).is("r"));
	uint64_t received = 1;
	while (Packet(ends.far).received == Received::kMessage) {
		received += 1;
	}
	CHECK(received == sent - 1);
	CHECK(ends.near.send("r", 1) == Sent::kYes);
}

LAW("a name without a listener refuses the connection") {
	const ScratchFolder folder;
	Status status;
	CHECK(connect_to(folder / "nothing", status) == Connected::kRefused);
	close(open((folder / "regular").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	CHECK(connect_to(folder / "regular", status) == Connected::kRefused);
	{
		ListenSocket listener;
		REQUIRE(listener.open(folder / "dead", 8).ok());
	}
	CHECK(connect_to(folder / "dead", status) == Connected::kRefused);
	const int stream = listen_at(folder / "stream", SOCK_STREAM, 8);
	CHECK(connect_to(folder / "stream", status) == Connected::kRefused);
	close(stream);
}

LAW("an endpoint whose queue is full is busy, not dead") {
	const ScratchFolder folder;
	ListenSocket listener;
	REQUIRE(listener.open(folder / "endpoint", 0).ok());
	LinkEnd first;
	Status status;
	REQUIRE(connect_socket(folder / "endpoint", first, status) == Connected::kYes);
	CHECK(connect_to(folder / "endpoint", status) == Connected::kBusy);
	OsHandle handle = kNoHandle;
	REQUIRE(listener.accept(handle) == Accepted::kYes);
	close_handle(handle);
	CHECK(connect_to(folder / "endpoint", status) == Connected::kYes);
}

LAW("an empty backlog and a lack of descriptors are two results of an accept") {
	const ScratchFolder folder;
	ListenSocket listener;
	REQUIRE(listener.open(folder / "endpoint", 8).ok());
	OsHandle handle = kNoHandle;
	CHECK(listener.accept(handle) == Accepted::kNothing && handle == kNoHandle);
	Status status;
	LinkEnd link;
	REQUIRE(connect_socket(folder / "endpoint", link, status) == Connected::kYes);
	{
		const DescriptorLimit limit;
		CHECK(listener.accept(handle) == Accepted::kLimit);
		CHECK(connect_to(folder / "endpoint", status) == Connected::kFailed && status.code == Code::kLimit);
	}
	CHECK(listener.accept(handle) == Accepted::kYes);
	close_handle(handle);
}

LAW("a path that does not fit into a socket address is a LIMIT error before anything is created") {
	const ScratchFolder folder;
	const std::string longest = folder / std::string(107 - folder.path().size() - 1, 'x');
	Status status;
	ListenSocket listener;
	CHECK(listener.open(longest, 8).ok());
	CHECK(connect_to(longest, status) == Connected::kYes);
	ListenSocket refused;
	CHECK(refused.open(longest + "y", 8).code == Code::kLimit);
	CHECK(connect_to(longest + "y", status) == Connected::kFailed && status.code == Code::kLimit);
}

LAW("two endpoints cannot have the same name") {
	const ScratchFolder folder;
	ListenSocket first;
	ListenSocket second;
	REQUIRE(first.open(folder / "endpoint", 8).ok());
	const Status status = second.open(folder / "endpoint", 8);
	CHECK(status.code == Code::kSystem && status.error == EADDRINUSE);
}
