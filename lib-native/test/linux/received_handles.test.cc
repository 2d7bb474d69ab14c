// Handles from peers: the last close of a file can block for any time, but to discard a received handle never does. A failing law
// hangs until its watchdog aborts it.
#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "platform/linux/unix_socket.h"
#include "test/impostor.h"

using namespace ringwire;

namespace {

using Received = LinkEnd::Received;

// A TCP socket with data that its peer does not read. Its last close waits for ten minutes.
class LingeringSocket {
public:
	LingeringSocket() {
		const HandleOwner listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		socklen_t length = sizeof address;
		auto* generic = reinterpret_cast<sockaddr*>(&address);
		const int listening = static_cast<int>(listener.get());
		CHECK(bind(listening, generic, sizeof address) == 0 && listen(listening, 1) == 0);
		CHECK(getsockname(listening, generic, &length) == 0);
		own_.adopt(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		CHECK(connect(file(), generic, sizeof address) == 0);
		silent_.adopt(accept(listening, nullptr, nullptr));
		const std::array<char, 65536> data{};
		while (send(file(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
		}
		const linger slow{1, 600};
		CHECK(setsockopt(file(), SOL_SOCKET, SO_LINGER, &slow, sizeof slow) == 0);
	}
	~LingeringSocket() {
		const linger off{};
		if (own_.held()) {
			(void)setsockopt(file(), SOL_SOCKET, SO_LINGER, &off, sizeof off);
		}
	}
	[[nodiscard]] int file() const { return static_cast<int>(own_.get()); }
	// Closes the own handle, so that the copies in flight are the last ones. Call it while there are copies.
	void forget() { own_.adopt(kNoHandle); }

private:
	HandleOwner own_;
	HandleOwner silent_;
};

bool send_handles(OsHandle socket, std::initializer_list<int> files, size_t length = 1) {
	char byte = 'h';
	iovec part{&byte, length};
	alignas(cmsghdr) std::array<char, CMSG_SPACE(8 * sizeof(int))> control{};
	msghdr header{};
	header.msg_iov = &part;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
	cmsghdr* rights = CMSG_FIRSTHDR(&header);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
	std::memcpy(CMSG_DATA(rights), files.begin(), files.size() * sizeof(int));
	return sendmsg(static_cast<int>(socket), &header, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(length);
}

struct Ends {
	Ends() {
		OsHandle one = kNoHandle;
		OsHandle other = kNoHandle;
		CHECK(make_link_pair(one, other).ok());
		near.adopt(one);
		far.adopt(other);
	}
	LinkEnd near;
	LinkEnd far;
};

} // namespace

LAW("a received lingering socket is closed at once, also beside an expected handle") {
	LingeringSocket one;
	LingeringSocket another;
	Ends ends;
	REQUIRE(send_handles(ends.near.handle(), {one.file(), another.file()}));
	one.forget();
	another.forget();
	char byte = 0;
	size_t length = 0;
	bool truncated = false;
	ReceivedHandle shared;
	CHECK(ends.far.receive(&byte, 1, length, shared, truncated) == Received::kMessage && truncated);
}

LAW("a link whose queue holds lingering sockets is closed at once, whatever their messages are") {
	for (const bool peer_is_gone : {false, true}) {
		LingeringSocket one;
		LingeringSocket another;
		Ends ends;
		REQUIRE(send_handles(ends.near.handle(), {one.file()}, 0)); // looks like end-of-file
		REQUIRE(send_handles(ends.near.handle(), {another.file(), another.file()}));
		one.forget();
		another.forget();
		if (peer_is_gone) {
			ends.near.close();
		}
		ends.far.close();
	}
}

LAW("a lingering socket in the queue of a received socket is closed at once") {
	LingeringSocket lingering;
	Ends ends;
	int inner[2];
	int outer[2];
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, inner) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, outer) == 0);
	REQUIRE(send_handles(inner[0], {lingering.file()}));
	REQUIRE(send_handles(outer[0], {inner[1]}));
	REQUIRE(send_handles(ends.near.handle(), {outer[1]}));
	lingering.forget();
	for (const int file : {inner[0], inner[1], outer[0], outer[1]}) {
		close(file);
	}
	char byte = 0;
	size_t length = 0;
	bool truncated = false;
	ReceivedHandle shared;
	CHECK(ends.far.receive(&byte, 1, length, shared, truncated) == Received::kMessage && shared.held());
}

LAW("a name is withdrawn at once although its backlog holds lingering sockets") {
	Company company;
	TestWriter& writer = company.writer();
	LingeringSocket lingering;
	Impostor impostor(company, Role::kWriter);
	REQUIRE(send_handles(impostor.socket.handle(), {lingering.file()}));
	lingering.forget();
	company.dismiss(writer);
	CHECK(impostor.cut_off());
}

LAW("a hello with a lingering socket instead of memory is refused at once, and so is one of another channel") {
	for (const Role target : {Role::kWriter, Role::kReader}) {
		for (const bool fits : {true, false}) {
			Company company;
			Contract other = company.contract;
			other.codec = "another";
			Member& member = target == Role::kWriter ? static_cast<Member&>(company.writer()) : company.reader();
			LingeringSocket lingering;
			LingeringSocket late;
			Impostor impostor(company, target);
			const WireHello hello =
				make_hello(fits ? company.contract : other, opposite(target), impostor.id, monotonic_nanos());
			CHECK(impostor.socket.send(&hello, sizeof hello, lingering.file()) == LinkEnd::Sent::kYes);
			CHECK(send_handles(impostor.socket.handle(), {late.file()}));
			lingering.forget();
			late.forget();
			company.settle();
			CHECK(impostor.refused() == (fits ? Code::kCorrupt : Code::kMismatch));
			CHECK(member.log.count(Event::Type::kError) == 1);
		}
	}
}

LAW("after its hello a peer cannot send handles any more, where the kernel can refuse them") {
	constexpr int kPassRights = 83; // SO_PASSRIGHTS
	int value = 0;
	socklen_t length = sizeof value;
	Company company;
	(void)company.writer();
	FakeReader reader(company);
	if (getsockopt(static_cast<int>(reader.impostor.socket.handle()), SOL_SOCKET, kPassRights, &value, &length) != 0) {
		std::printf("  NOT CHECKED: this kernel has no SO_PASSRIGHTS\n");
		return;
	}
	const HandleOwner file(open("/dev/null", O_RDONLY | O_CLOEXEC));
	CHECK(!send_handles(reader.impostor.socket.handle(), {static_cast<int>(file.get())}) && errno == EPERM);
	CHECK(!reader.impostor.cut_off());
}
