// Invalid hellos and messages: each closes the link of its sender and affects no other endpoint.
#include <sys/mman.h>

#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;
using Reason = Event::Reason;

bool last_error_is(const Member& member, Code code) {
	const Event* error = member.log.last(Type::kError);
	return error != nullptr && error->status.code == code;
}

// The honest pair is not affected.
void check_goes_on(TestWriter& writer, TestReader& reader) {
	CHECK(writer.write("still here") == WriterEndpoint::Written::kAccepted);
	const Texts texts = reader.read_all();
	CHECK(!texts.empty() && texts.back() == "still here");
	CHECK(reader.log.count(Type::kDisconnect) == 0);
}

} // namespace

LAW("a hello of another protocol or layout is answered with ours and refused with both numbers") {
	for (const bool layout : {false, true}) {
		Company company;
		TestWriter& writer = company.writer();
		Impostor impostor(company, Role::kWriter);
		WireHello hello = impostor.hello();
		hello.layout += layout ? 7 : 0;
		hello.protocol = static_cast<uint16_t>(hello.protocol + (layout ? 0 : 7));
		impostor.send(&hello, 16 + 8); // a later version may have another length
		CHECK(last_error_is(writer, Code::kVersion));
		const std::string& message = writer.log.last(Type::kError)->status.message;
		const unsigned ours = layout ? kLayoutVersion : kProtocolVersion;
		CHECK(message.find("is " + std::to_string(ours + 7)) != std::string::npos &&
		      message.find("ours is " + std::to_string(ours)) != std::string::npos);
		Impostor::Answer answer;
		impostor.receive(answer);
		CHECK(answer.type == WireType::kHello && !answer.shared.held());
		CHECK(impostor.refused() == Code::kVersion);
		CHECK(impostor.cut_off());
	}
}

LAW("a hello that is too short, too long, of another name or of the same role is refused") {
	Company company;
	TestWriter& writer = company.writer();
	const auto refusal = [&](const std::function<void(WireHello&)>& change, size_t length = sizeof(WireHello)) {
		Impostor impostor(company, Role::kWriter);
		std::byte message[kWireBytesMax + 8] = {};
		WireHello hello = impostor.hello();
		change(hello);
		std::memcpy(message, &hello, sizeof hello);
		impostor.send(message, length);
		const Code code = impostor.refused();
		CHECK(impostor.cut_off());
		CHECK(last_error_is(writer, code));
		return code;
	};
	CHECK(refusal([](WireHello&) {}, 2) == Code::kCorrupt);
	CHECK(refusal([](WireHello&) {}, 15) == Code::kCorrupt);
	CHECK(refusal([](WireHello&) {}, sizeof(WireHello) - 1) == Code::kCorrupt);
	CHECK(refusal([](WireHello&) {}, kWireBytesMax + 1) == Code::kCorrupt);
	CHECK(refusal([](WireHello& hello) { hello.holds_back = 2; }) == Code::kCorrupt);
	CHECK(refusal([](WireHello& hello) { hello.from_newest = 2; }) == Code::kCorrupt);
	CHECK(refusal([](WireHello& hello) { hello.reserved = 1; }) == Code::kCorrupt);
	CHECK(refusal([](WireHello& hello) { hello.magic += 1; }) == Code::kCorrupt);
	CHECK(refusal([](WireHello& hello) { hello.endpoint = 0; }) == Code::kCorrupt);
	CHECK(writer.log.last(Type::kError)->status.message == "the peer's hello has no endpoint id");
	CHECK(refusal([](WireHello& hello) { hello.name[0] = 'C'; }) == Code::kMismatch);
	CHECK(refusal([](WireHello& hello) { hello.role = 1; }) == Code::kMismatch);
	CHECK(refusal([](WireHello& hello) { hello.role = 200; }) == Code::kMismatch);
	CHECK(refusal([](WireHello& hello) { std::memset(hello.codec, 'x', sizeof hello.codec); }) == Code::kMismatch);
	CHECK(refusal([](WireHello& hello) { std::memset(hello.overflow, 0xff, sizeof hello.overflow); }) ==
	      Code::kMismatch);
	CHECK(writer.endpoint.open_links() == 0 && writer.log.count(Type::kConnect) == 0);
}

LAW("memory that is missing, unsealed, of the wrong size or without a lane is refused") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	const size_t before = descriptor_count();
	const auto refusal = [&](Role target, OsHandle share) {
		Impostor impostor(company, target);
		impostor.say_hello(impostor.hello());
		impostor.hand_over(share);
		const Code code = impostor.refused();
		CHECK(impostor.cut_off());
		return code;
	};
	Region large;
	REQUIRE(large.create(2 * kCursorBytes).ok());
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	Region zeros;
	REQUIRE(zeros.create(geometry.lane_bytes()).ok());
	const HandleOwner regular(memfd_create("unsealed", MFD_CLOEXEC));
	for (const Role target : {Role::kWriter, Role::kReader}) {
		CHECK(refusal(target, kNoHandle) == Code::kCorrupt);
		CHECK(refusal(target, regular.get()) == Code::kCorrupt);
		CHECK(refusal(target, large.share()) == Code::kCorrupt);
		CHECK(refusal(target, zeros.share()) == Code::kCorrupt);
	}
	CHECK(descriptor_count() == before + 3);
	check_goes_on(writer, reader);
}

LAW("a message before the hello, a second hello, and a message with an unexpected handle end the link") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	for (const WireType type : {WireType::kRing, WireType::kBye, WireType::kReady, WireType::kWelcome,
	                            WireType::kShutdown, WireType::kReport, WireType{0}, WireType{127}}) {
		Impostor impostor(company, Role::kWriter);
		impostor.send(type);
		CHECK(impostor.refused() == Code::kCorrupt);
	}
	const size_t errors = writer.log.count(Type::kError);
	const size_t before = descriptor_count();
	{
		FakeReader fake(company);
		const WireHello hello = fake.impostor.hello();
		fake.impostor.send(&hello, sizeof hello);
		CHECK(fake.impostor.refused() == Code::kCorrupt);
	}
	bool kernel_refuses = false;
	{
		FakeReader fake(company);
		const uint8_t ring = static_cast<uint8_t>(WireType::kRing);
		const HandleOwner unasked(memfd_create("unasked", MFD_CLOEXEC));
		kernel_refuses = fake.impostor.socket.send(&ring, 1, unasked.get()) == LinkEnd::Sent::kFailed;
		company.settle();
		CHECK(fake.impostor.refused() == (kernel_refuses ? Code::kOk : Code::kCorrupt));
	}
	for (const WireType type : {WireType::kReady, WireType::kWelcome, WireType::kQuery, WireType{77}}) {
		FakeReader fake(company);
		fake.impostor.send(type);
		CHECK(fake.impostor.refused() == Code::kCorrupt);
	}
	company.settle();
	CHECK(writer.log.count(Type::kError) == errors + (kernel_refuses ? 5 : 6));
	CHECK(writer.log.departed(Reason::kCorrupt) || writer.log.count(Type::kDisconnect) == 6);
	CHECK(descriptor_count() == before);
	check_goes_on(writer, reader);
}

LAW("random messages of a stranger close its connection, and the endpoint leaks nothing") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	uint64_t state = law::seed();
	const HandleOwner any(memfd_create("any", MFD_CLOEXEC));
	const size_t before = descriptor_count();
	for (int i = 0; i < 600; ++i) {
		Impostor impostor(company, i % 2 == 0 ? Role::kWriter : Role::kReader);
		for (uint64_t n = law::next_random(state) % 4; n > 0; --n) {
			std::byte message[kWireBytesMax + 64];
			for (size_t at = 0; at < sizeof message; at += 8) {
				const uint64_t word = law::next_random(state);
				std::memcpy(message + at, &word, 8);
			}
			const WireHello hello = impostor.hello();
			if (law::next_random(state) % 2 == 0) { // a hello with at most one wrong byte
				std::memcpy(message, &hello, sizeof hello);
				message[law::next_random(state) % sizeof hello] = std::byte{0xff};
			} else {
				message[0] = static_cast<std::byte>(law::next_random(state) % 13);
			}
			const size_t lengths[] = {sizeof(WireHello), 1, 1 + law::next_random(state) % (sizeof message - 1)};
			impostor.send(message, lengths[law::next_random(state) % 3],
			              law::next_random(state) % 3 == 0 ? any.get() : kNoHandle);
		}
		company.settle();
		writer.log.events.clear();
	}
	company.settle();
	CHECK(writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1);
	CHECK(descriptor_count() == before);
	check_goes_on(writer, reader);
}

LAW("a silent stranger is closed after a while, and others join meanwhile") {
	Company company;
	TestWriter& writer = company.writer();
	writer.endpoint.limit_silence(20'000'000);
	Impostor silent(company, Role::kWriter);
	company.settle();
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	company.until([&] { return silent.cut_off(); });
	CHECK(writer.log.count(Type::kError) == 0); // it sent nothing
	check_goes_on(writer, reader);
}

LAW("silent strangers are limited, and linked peers are not affected") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	std::vector<std::unique_ptr<Impostor>> crowd;
	for (size_t i = 0; i < kStrangersMax; ++i) {
		crowd.push_back(std::make_unique<Impostor>(company, Role::kWriter));
	}
	company.settle();
	CHECK(writer.log.count(Type::kError) == 0);
	Impostor one_more(company, Role::kWriter);
	company.settle();
	CHECK(one_more.refused() == Code::kLimit);
	check_goes_on(writer, reader);
	crowd.clear();
	company.settle();
	const FakeReader welcome(company);
	CHECK(writer.endpoint.open_links() == 2);
}

LAW("a message beyond the reader's own limit ends the link, after the messages before it, and allocates nothing") {
	for (const bool by_time : {false, true}) {
		Company company;
		ReaderOptions options;
		options.message_max = 100;
		options.order_by_time = by_time;
		TestReader& reader = company.reader(options);
		TestWriter& writer = company.writer();
		TestWriter& other = company.writer();
		company.settle();
		CHECK(writer.write(std::string(100, 'a')) == Written::kAccepted);
		CHECK(writer.write(std::string(101, 'b')) == Written::kAccepted);
		CHECK(reader.read() == Texts{std::string(100, 'a')});
		CHECK(reader.read().empty() && reader.needed == 0);
		CHECK(reader.log.departed(Event::Reason::kCorrupt));
		CHECK(reader.log.last(Type::kError)->status.code == Code::kTooLarge);
		company.settle();
		CHECK(writer.log.last(Type::kError)->status.code == Code::kTooLarge);
		CHECK(other.write("c") == Written::kAccepted);
		CHECK(reader.read_all() == Texts{"c"});
	}
}
