// Invalid hellos and messages: each closes the link of its sender and affects no other endpoint.
#include "test/exchange.h"
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
