// Handles that are no memory of a peer, or that no message asks for; and that an endpoint keeps none of them.
#include <sys/mman.h>
#include <unistd.h>

#include "test/exchange.h"
#include "test/impostor.h"

using namespace ringwire;

using Type = Event::Type;
using Reason = Event::Reason;

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

LAW("memory that is unsealed, of the wrong size or without a pool is refused as a pool") {
	Company company;
	TestReader& reader = company.reader();
	Region small;
	REQUIRE(small.create(kPoolBytesMin / 2).ok());
	Region zeros;
	REQUIRE(zeros.create(kPoolBytesMin).ok());
	const HandleOwner regular(memfd_create("unsealed", MFD_CLOEXEC));
	REQUIRE(ftruncate(static_cast<int>(regular.get()), static_cast<off_t>(kPoolBytesMin)) == 0);
	const size_t before = descriptor_count();
	for (const OsHandle share : {small.share(), zeros.share(), regular.get()}) {
		Impostor impostor(company, Role::kReader);
		WireHello hello = impostor.hello();
		hello.features_required = kFeaturePool;
		impostor.say_hello(hello);
		const auto message = static_cast<uint8_t>(WireType::kPool);
		impostor.send(&message, 1, share);
		CHECK(impostor.refused() == Code::kCorrupt);
		CHECK(impostor.cut_off());
	}
	CHECK(descriptor_count() == before);
	TestWriter& writer = company.writer();
	company.settle();
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
				message[0] = static_cast<std::byte>(law::next_random(state) % 15);
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
