// A kernel without room for a message, and one that refuses it.
#include <cerrno>

#include "platform/introduction.h"
#include "test/exchange.h"
#include "test/linux/full_kernel.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

constexpr uint64_t kAnHour = 3'600'000'000'000;

} // namespace

LAW("a handshake message for which the kernel has no room is sent again, whichever it is") {
	for (const bool writer_first : {true, false}) {
		for (const bool by_writer : {true, false}) {
			for (int rounds = 0; rounds < 4; ++rounds) {
				Company company;
				TestWriter* writer = nullptr;
				TestReader* reader = nullptr;
				const auto open_writer = [&] { writer = &company.writer(); };
				const auto open_reader = [&] { reader = &company.reader(); };
				const auto open = [&](bool with_writer) { with_writer ? open_writer() : open_reader(); };
				open(writer_first);
				if (rounds == 0 && by_writer != writer_first) {
					in_full_kernel([&] { open(!writer_first); });
				} else {
					open(!writer_first);
				}
				writer->endpoint.limit_silence(kAnHour); // otherwise its timeout would cause another attempt
				reader->endpoint.limit_silence(kAnHour);
				Member& mute = by_writer ? static_cast<Member&>(*writer) : *reader;
				Member& other = by_writer ? static_cast<Member&>(*reader) : *writer;
				for (int i = 1; i < rounds; ++i) {
					mute.serve();
					other.serve();
				}
				if (rounds > 0) {
					in_full_kernel([&] { mute.serve(); });
				}
				check_exchange(company, *writer, *reader, Reported::kOutOfRoom);
			}
		}
	}
}

LAW("a connection fails if the kernel has no room for its hello") {
	const Company company;
	LinkEnd near;
	LinkOffer other;
	REQUIRE(offer_link(near, other).ok());
	WriterEndpoint writer(company.contract, {kCapacityMin, kCapacityMin / 2, 16});
	Status status;
	in_full_kernel([&] { status = writer.open_on(near, Peer{7, 1, 1, Role::kServer}); });
	CHECK(status.code == Code::kLimit && writer.left());
}

LAW("a ring for which the kernel had no room is sent later") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	REQUIRE(!reader.endpoint.begin_wait());
	in_full_kernel([&] { CHECK(writer.write("x") == Written::kAccepted); });
	company.until([&] { return (reader.wakes & kWakeData) != 0; });
	CHECK(reader.read_all() == Texts{"x"});
	CHECK(writer.endpoint.rings() == 1);
}

LAW("a hello or a ring that the kernel refuses is an error, and ends its link") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader* reader = nullptr;
	with_failing_call(SYS_sendmsg, EACCES, [&] { reader = &company.reader(); });
	const Event* error = reader->log.last(Type::kError);
	REQUIRE(error != nullptr);
	CHECK(error->status.code == Code::kAccess && std::string(error->status.syscall) == "sendmsg");
	company.dismiss(*reader);
	TestReader& other = company.reader();
	company.settle();
	REQUIRE(writer.endpoint.open_links() == 1 && !other.endpoint.begin_wait());
	with_failing_call(SYS_sendmsg, EIO, [&] { CHECK(writer.write("m") == Written::kAccepted); });
	company.settle();
	CHECK(writer.endpoint.open_links() == 0 && writer.log.last(Type::kError)->status.error == EIO);
	CHECK(other.read_all() == Texts{"m"}); // woken by end-of-file
}
