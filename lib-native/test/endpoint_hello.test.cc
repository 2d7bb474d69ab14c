// The hello of protocol 3: its fields, the messages after it, and two endpoints that dial each other.
#include "channel/endpoint_label.h"
#include "test/impostor.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

constexpr uint64_t kShortly = 20'000'000;

// An endpoint by hand that others find and dial.
class Listener {
public:
	Listener(const Company& company, Role role, uint64_t id) : company_(company), role_(role), id_(id) {
		CHECK(place_.find(company.contract.directory, company.contract.name).ok());
		CHECK(place_.appear(endpoint_label(role, id), 8).ok());
	}
	// The next connection from the backlog; not open: there is none.
	void accept(LinkEnd& end) { (void)place_.accept(end); }
	[[nodiscard]] WireHello hello() const { return make_hello(company_.contract, role_, id_, 1); }

private:
	const Company& company_;
	Role role_;
	uint64_t id_;
	MeetingPlace place_;
};

// The type of the next message and whether it carried a handle; type 0: there is none.
struct Next {
	explicit Next(LinkEnd& socket) {
		alignas(8) std::byte message[kWireBytesMax];
		size_t length = 0;
		ReceivedHandle shared;
		bool truncated = false;
		if (socket.receive(message, sizeof message, length, shared, truncated) == LinkEnd::Received::kMessage) {
			type = static_cast<WireType>(message[0]);
			with_handle = shared.held() || truncated;
		}
	}
	WireType type = WireType{0};
	bool with_handle = false;
};

} // namespace

LAW("a writer and a reader send no handle to a peer that has not said hello") {
	for (const Role listening : {Role::kReader, Role::kWriter}) {
		Company company;
		const TestReader& folder = company.reader();
		CHECK(folder.opened.ok());
		Listener silent(company, listening, 42);
		Member& member = listening == Role::kReader ? static_cast<Member&>(company.writer()) : company.reader();
		LinkEnd socket;
		silent.accept(socket);
		REQUIRE(socket.open());
		member.serve();
		const Next first(socket);
		CHECK(first.type == WireType::kHello && !first.with_handle);
		CHECK(Next(socket).type == WireType{0});
		const WireHello hello = silent.hello();
		REQUIRE(socket.send(&hello, sizeof hello) == LinkEnd::Sent::kYes);
		company.settle();
		const Next second(socket);
		CHECK(second.type == (listening == Role::kReader ? WireType{0} : WireType::kCursor));
		CHECK(second.with_handle == (listening == Role::kWriter));
		CHECK(Next(socket).type == WireType{0}); // one handle at most
	}
}

LAW("a hello may be longer than this version knows, and messages of unknown optional types are ignored") {
	Company company;
	TestWriter& writer = company.writer();
	Impostor later(company, Role::kWriter);
	std::byte message[kWireBytesMax] = {};
	WireHello hello = later.hello();
	hello.features_offered = ~uint64_t{0};
	std::memcpy(message, &hello, sizeof hello);
	later.send(message, sizeof message);
	CHECK(later.hear(WireType::kHello));
	const uint8_t optional[3] = {kWireOptional | 1, 7, 7};
	later.send(optional, sizeof optional);
	Region cursor;
	REQUIRE(cursor.create(kCursorBytes).ok());
	later.hand_over(cursor.share());
	later.send(optional, 1);
	CHECK(later.hear(WireType::kWelcome));
	later.send(WireType::kReady);
	later.send(optional, 1);
	CHECK(writer.endpoint.open_links() == 1 && writer.log.count(Type::kError) == 0);
}

LAW("a required feature that this release does not offer is VERSION, and both sides report its number") {
	Company company;
	TestWriter& writer = company.writer();
	Impostor later(company, Role::kWriter);
	WireHello hello = later.hello();
	hello.features_required = uint64_t{1} << 5;
	later.say_hello(hello);
	Impostor::Answer answer;
	do {
		later.receive(answer);
	} while (answer.type == WireType::kHello);
	CHECK(answer.type == WireType::kRefuse && answer.refusal.code == Code::kVersion);
	CHECK(answer.refusal.message.find("feature 5") != std::string::npos);
	CHECK(writer.log.last(Type::kError)->status.message.find("feature 5") != std::string::npos);
}

LAW("layouts that differ are MISMATCH with the first field that differs, at both sides, and a side that gives none "
    "fits every layout") {
	Company company;
	company.contract.layout = "id:u32,price:f64,name:text16";
	TestWriter& writer = company.writer();
	Contract other = company.contract;
	other.layout = "id:u32,price:f32,name:text8";
	TestReader& reader = company.reader(other);
	company.settle();
	CHECK(reader.endpoint.open_links() == 0);
	const std::string at_writer = writer.log.last(Type::kError)->status.message;
	const std::string at_reader = reader.log.last(Type::kError)->status.message;
	CHECK(writer.log.last(Type::kError)->status.code == Code::kMismatch);
	CHECK(reader.log.last(Type::kError)->status.code == Code::kMismatch);
	CHECK(at_writer.find("the layout differs: field 2: ours `price: f64`, theirs `price: f32`") != std::string::npos);
	CHECK(at_reader.find("field 2: ours `price: f32`, theirs `price: f64`") != std::string::npos ||
	      at_reader.find("field 2: ours `price: f64`, theirs `price: f32`") != std::string::npos);
	Contract plain = company.contract;
	plain.layout.clear();
	const TestReader& fitting = company.reader(plain);
	company.settle();
	CHECK(fitting.endpoint.open_links() == 1);
}

LAW("a hello with the hash of a layout but without its text is compared by the hash") {
	Company company;
	company.contract.layout = "id:u32";
	TestWriter& writer = company.writer();
	Impostor other(company, Role::kWriter);
	WireHello hello = other.hello();
	hello.schema += 1;
	other.say_hello(hello);
	CHECK(other.refused() == Code::kMismatch);
	CHECK(writer.log.last(Type::kError)->status.message.find("hash only") != std::string::npos);
	Impostor same(company, Role::kWriter);
	same.say_hello(same.hello());
	CHECK(same.hear(WireType::kHello) && same.refused() == Code::kOk);
}

LAW("layouts that do not fit into their hello are CORRUPT") {
	const struct {
		uint16_t size;
		uint16_t size_to_client;
		uint8_t cut;
		uint16_t reserved;
		size_t tail;
		bool fits;
	} kTails[] = {
		{1, 0, 0, 0, 8, false},        {4, 0, 0, 0, 12, true},   {4, 1, 0, 0, 12, false},  {577, 0, 0, 0, 584, false},
		{0, 0xffff, 0, 0, 584, false}, {0, 0, 2, 0, 584, false}, {0, 0, 0, 1, 584, false}, {0xffff, 0, 0, 0, 4, false},
		{576, 0, 1, 0, 584, true},     {0, 0, 0, 0, 3, true},
	};
	for (const auto& tail : kTails) {
		Company company;
		TestWriter& writer = company.writer();
		Impostor other(company, Role::kWriter);
		std::byte message[kWireBytesMax] = {};
		const WireHello hello = other.hello();
		std::memcpy(message, &hello, sizeof hello);
		WireLayouts layouts;
		std::memset(&layouts, 0, sizeof layouts);
		layouts.size = tail.size;
		layouts.size_to_client = tail.size_to_client;
		layouts.cut = tail.cut;
		layouts.reserved = tail.reserved;
		std::memcpy(message + sizeof hello, &layouts, sizeof layouts);
		other.send(message, sizeof hello + tail.tail);
		CHECK(other.refused() == (tail.fits ? Code::kOk : Code::kCorrupt));
		CHECK((writer.log.count(Type::kError) == 0) == tail.fits);
	}
}

LAW("a hello of protocol 2, which comes with its memory, is refused with VERSION") {
	Company company;
	TestReader& reader = company.reader();
	Impostor old(company, Role::kReader);
	Region lane;
	REQUIRE(lane.create(kCapacityMin).ok());
	WireHello hello = old.hello();
	hello.protocol = 2;
	hello.reserved = 1; // has_region of protocol 2
	old.send(&hello, 400, lane.share());
	CHECK(old.refused() == Code::kVersion && old.cut_off());
	CHECK(reader.log.count(Type::kError) == 1);
}

LAW("of two endpoints that dial each other the dial of the lower id is kept, without an error") {
	for (const bool peer_is_lower : {true, false}) {
		for (const bool own_dial_first : {true, false}) {
			Company company;
			TestReader& other = company.reader(); // so that there is a folder
			const uint64_t id = peer_is_lower ? 1 : ~uint64_t{0};
			Listener peer(company, Role::kReader, id);
			TestWriter& writer = company.writer();
			LinkEnd by_writer;
			peer.accept(by_writer);
			Impostor by_peer(company, Role::kWriter); // connected
			REQUIRE(by_writer.open() && Next(by_writer).type == WireType::kHello);
			WireHello hello = peer.hello();
			hello.holds_back = 1;
			if (!own_dial_first) {
				CHECK(by_writer.send(&hello, sizeof hello) == LinkEnd::Sent::kYes);
				company.settle();
			}
			by_peer.say_hello(hello);
			company.settle();
			Region memory;
			REQUIRE(memory.create(kCursorBytes).ok());
			const CursorOwner cursor(memory.memory(), 0);
			if (peer_is_lower) {
				CHECK(by_writer.peer_has_closed() && Next(by_writer).type == WireType{0});
				CHECK(by_peer.hear(WireType::kHello));
				by_peer.hand_over(memory.share());
				CHECK(by_peer.hear(WireType::kWelcome));
				by_peer.send(WireType::kReady);
			} else {
				CHECK(by_peer.cut_off());
				if (own_dial_first) {
					CHECK(by_writer.send(&hello, sizeof hello) == LinkEnd::Sent::kYes);
				}
				const auto type = static_cast<uint8_t>(WireType::kCursor);
				CHECK(by_writer.send(&type, 1, memory.share()) == LinkEnd::Sent::kYes);
				company.settle();
				CHECK(Next(by_writer).type == WireType::kWelcome);
				const auto ready = static_cast<uint8_t>(WireType::kReady);
				CHECK(by_writer.send(&ready, 1) == LinkEnd::Sent::kYes);
				company.settle();
			}
			CHECK(writer.endpoint.open_links() == 2 && other.endpoint.open_links() == 1);
			CHECK(writer.log.count(Type::kError) == 0 && writer.log.count(Type::kDisconnect) == 0);
			CHECK(writer.log.count(Type::kConnect) == 2);
		}
	}
}

LAW("a promise to an awaited peer passes to the connection that is kept") {
	Company company;
	TestReader& quick = company.reader();
	Listener peer(company, Role::kReader, 1);
	TestWriter& writer = company.writer(4);
	while (quick.endpoint.open_links() == 0) {
		quick.serve();
		writer.serve();
	}
	Impostor by_peer(company, Role::kWriter);
	WireHello hello = peer.hello();
	hello.holds_back = 1;
	by_peer.say_hello(hello);
	company.settle();
	CHECK(writer.write_many("m", 4) == 4 && quick.read_all() == numbered("m", 0, 4));
	CHECK(writer.write("no room") == Written::kFull); // the peer is still awaited
	Region memory;
	REQUIRE(memory.create(kCursorBytes).ok());
	const CursorOwner cursor(memory.memory(), 0);
	by_peer.hand_over(memory.share());
	Impostor::Answer answer;
	do {
		by_peer.receive(answer);
	} while (answer.type != WireType::kWelcome && answer.type != WireType{0});
	CHECK(answer.type == WireType::kWelcome && answer.welcome.start == 0);
}

LAW("a writer that does not answer after the reader is ready is reported, and the reader does not end without it") {
	Company company;
	ReaderOptions options;
	TestReader& reader = company.reader(options);
	reader.endpoint.limit_silence(kShortly);
	TestWriter& ended = company.writer();
	company.settle();
	Impostor silent(company, Role::kReader);
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	Region memory;
	REQUIRE(memory.create(geometry.lane_bytes()).ok());
	const LaneWriter lane(memory.memory(), geometry, silent.id, CopyKind::kOrdered);
	silent.say_hello(silent.hello(), memory);
	CHECK(silent.hear(WireType::kReady));
	ended.endpoint.end();
	company.until([&] { return reader.log.count(Type::kError) == 1; });
	CHECK(reader.log.last(Type::kError)->status.code == Code::kTimeout);
	CHECK(reader.log.last(Type::kError)->peer.id == silent.id);
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 0);
	silent.socket.close();
	company.settle();
	CHECK(reader.read_all().empty());
	CHECK(reader.log.count(Type::kDisconnect) == 1 && reader.log.count(Type::kError) == 1);
}
