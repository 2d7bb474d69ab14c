// Messages from an accepted hostile peer to a writer, a reader and a server: random ones, valid ones with wrong bytes, in any
// order, with unexpected handles. Also the parsers of the wire messages on random bytes. Invariants: the peer is refused or
// linked, its messages are handled within a bounded number of rounds, and the honest pair is not affected.
#include "channel/duplex/duplex_endpoint.h"
#include "fuzz/company.h"
#include "platform/linux/unix_socket.h"

using namespace ringwire;
using fuzz::Choices;
using fuzz::HostileLink;

namespace {

using Type = Event::Type;

constexpr const char* kLayout = "id:u32,legs:{price:f64,side:u8(buy=1,sell=2)}[4],name:text16";

struct Scene {
	Scene() : writer(with_layout(company).writer()), reader(company.reader()) {
		HOLDS(server_company.folder.path() != company.folder.path());
		Contract contract = with_layout(server_company).contract;
		contract.codec_to_client = "bytes";
		contract.layout_to_client = "done:bool";
		server_company.contract = contract;
		server = std::make_unique<DuplexEndpoint>(contract, Role::kServer, 4);
		HOLDS(server->open().ok());
		company.settle();
		HOLDS(cursor.create(kCursorBytes).ok());
		const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 4};
		HOLDS(lane.create(geometry.lane_bytes()).ok());
		const LaneWriter header(lane.memory(), geometry, 7, CopyKind::kOrdered);
	}
	static Company& with_layout(Company& company) {
		company.contract.layout = kLayout;
		return company;
	}
	[[nodiscard]] bool busy() const { return writer.busy() || reader.busy() || server->wait_set().ready(); }
	// One round of each endpoint.
	void serve() {
		watch::counts = {};
		writer.serve();
		reader.serve();
		(void)server->service();
		HOLDS(watch::counts.receives <= 12 * kLinkMessagesPerTurn && watch::counts.sends <= 12 * kLinkMessagesPerTurn);
		Event event;
		while (server->take_event(event)) {
		}
		while (server->take_introduction() != nullptr) {
			fuzz::tried("introduced to the server");
			server->connection_over();
		}
	}

	Company company;
	TestWriter& writer;
	TestReader& reader;
	Company server_company;
	std::unique_ptr<DuplexEndpoint> server;
	Region cursor;
	Region lane;
	uint64_t written = 0;
};

// The hello of a linked peer, with wrong bytes in half of the cases. Returns its length.
size_t make_strange_hello(Choices& choices, const Contract& contract, const WireHello& hello, std::byte* message) {
	WireLayouts layouts;
	const size_t tail = make_layouts(contract, static_cast<Role>(hello.role), layouts);
	std::memcpy(message, &hello, sizeof hello);
	std::memcpy(message + sizeof hello, &layouts, sizeof layouts);
	for (uint64_t wrong = choices.once_in(2) ? choices.below(4) : 0; wrong > 0; --wrong) {
		message[choices.below(sizeof hello + tail)] = std::byte{choices.byte()};
	}
	if (choices.once_in(8)) {
		auto* schema =
			message + (choices.once_in(2) ? offsetof(WireHello, schema) : offsetof(WireHello, schema_to_client));
		*schema ^= std::byte{1};
	}
	return sizeof hello + tail;
}

size_t make_message(Choices& choices, const Contract& contract, const WireHello& hello, bool first, std::byte* message,
                    size_t room) {
	std::memset(message, 0, room);
	const bool is_hello = first && !choices.once_in(4);
	const uint64_t type = is_hello ? static_cast<uint64_t>(WireType::kHello) : choices.below(14);
	size_t length = choices.once_in(2) ? choices.below(room + 1) : 1;
	switch (static_cast<WireType>(type)) {
	case WireType::kHello:
		length = make_strange_hello(choices, contract, hello, message);
		length = choices.once_in(8) ? choices.below(room + 1) : length;
		fuzz::tried("hello");
		break;
	case WireType::kWelcome: {
		WireWelcome welcome;
		std::memset(&welcome, 0, sizeof welcome);
		welcome.type = static_cast<uint8_t>(type);
		welcome.start = choices.once_in(2) ? choices.lie(0) : 0;
		std::memcpy(message, &welcome, sizeof welcome);
		length = sizeof welcome;
		fuzz::tried("welcome");
		break;
	}
	case WireType::kRefuse:
		choices.fill(message, sizeof(WireRefuse));
		message[0] = static_cast<std::byte>(type);
		length = sizeof(WireRefuse);
		fuzz::tried("refuse");
		break;
	case WireType::kShutdown:
		message[0] = static_cast<std::byte>(type); // time 0, which every endpoint ignores: a later one ends the channel
		message[1] = static_cast<std::byte>(Role::kReader);
		message[sizeof(WireShutdown) - 1] = std::byte{1};
		length = sizeof(WireShutdown);
		fuzz::tried("old shutdown");
		break;
	default:
		choices.fill(message, length);
		if (length > 0) {
			message[0] = static_cast<std::byte>(type);
		}
		if (message[0] == static_cast<std::byte>(WireType::kShutdown)) {
			message[0] = std::byte{0};
		}
		fuzz::tried("other message");
		break;
	}
	return length;
}

bool carries_handle(WireType type) {
	return type == WireType::kCursor || type == WireType::kWelcome || type == WireType::kIntroduction;
}

void parse_bare_bytes(Choices& choices, const Contract& contract) {
	WireHello hello;
	choices.fill(&hello, sizeof hello);
	if (choices.once_in(2)) {
		hello.magic = kWireMagic;
		hello.protocol = kProtocolVersion;
		hello.layout = kLayoutVersion;
	}
	const size_t length = choices.once_in(2) ? choices.below(kWireBytesMax + 1) : sizeof hello;
	Contract with_layouts = contract;
	WireLayouts layouts;
	std::memset(&layouts, 0, sizeof layouts);
	if (choices.once_in(2)) {
		with_layouts.layout = kLayout;
		with_layouts.layout_to_client = "done:bool";
		make_layouts(with_layouts, Role::kServer, layouts);
		for (uint64_t wrong = choices.below(8); wrong > 0; --wrong) {
			reinterpret_cast<uint8_t*>(&layouts)[choices.below(sizeof layouts)] = choices.byte();
		}
		if (choices.once_in(2)) {
			const WireHello own = make_hello(with_layouts, Role::kServer, 7, 1);
			std::memcpy(static_cast<void*>(&hello), &own, sizeof hello);
			hello.schema ^= choices.below(2);
			hello.schema_to_client ^= choices.below(2);
		}
	} else if (choices.once_in(2)) {
		choices.fill(&layouts, sizeof layouts);
	}
	for (const Role role : {Role::kWriter, Role::kReader, Role::kServer, Role::kClient}) {
		const Status status = check_hello(hello, layouts, length, with_layouts, role);
		HOLDS(status.code == Code::kOk || status.code == Code::kCorrupt || status.code == Code::kVersion ||
		      status.code == Code::kMismatch);
		HOLDS(status.message.size() <= 1024);
	}
	WireRefuse refuse;
	choices.fill(&refuse, sizeof refuse);
	HOLDS(!refused_by_peer(refuse).ok() && refused_by_peer(refuse).message.size() <= 300);
	for (const char c : wire_text(refuse.reason, sizeof refuse.reason)) {
		HOLDS(c >= ' ' && c <= '~');
	}
	fuzz::tried("bare bytes");
}

} // namespace

void fuzz::attack(Choices& choices) {
	static auto* scene = new Scene;
	static const bool registered = std::atexit([] { delete scene; }) == 0;
	(void)registered;
	const uint64_t target = choices.below(4);
	if (target == 3) {
		parse_bare_bytes(choices, choices.once_in(2) ? scene->company.contract : scene->server_company.contract);
		return;
	}
	constexpr Role kTargets[] = {Role::kWriter, Role::kReader, Role::kServer};
	Company& company = target == 2 ? scene->server_company : scene->company;
	{
		HostileLink link(company, kTargets[target]);
		OsHandle near = kNoHandle;
		OsHandle far = kNoHandle;
		HOLDS(make_link_pair(near, far).ok());
		const HandleOwner own_near(near);
		const HandleOwner own_far(far);
		// To a writer, a reader and a server with their hello; none; any open one; a fresh one of any kind.
		const OsHandle shares[] = {
			scene->cursor.share(), scene->lane.share(), far, kNoHandle, link.socket.handle(), kNoHandle};
		constexpr size_t kStrange = std::size(shares) - 1;
		for (int i = 0; i < 12 && !choices.exhausted(); ++i) {
			alignas(8) std::byte message[kWireBytesMax + 64];
			const WireHello hello = link.hello(7);
			const size_t length = make_message(choices, company.contract, hello, i == 0, message, sizeof message);
			const size_t share = choices.once_in(8)                                  ? choices.below(std::size(shares))
			                     : carries_handle(static_cast<WireType>(message[0])) ? target
			                                                                         : 3;
			if (share == kStrange) { // made only when it is chosen, because a lingering socket costs 100 us
				const StrangeHandle strange(choices);
				link.send(message, length, strange.get());
			} else {
				link.send(message, length, shares[share]);
			}
			if (choices.once_in(2)) {
				scene->serve();
			}
		}
	}
	int rounds = 0;
	do {
		scene->serve();
		(void)scene->reader.read_all();
		HOLDS(++rounds <= 16);
	} while (scene->busy());
	for (const Member* member : {static_cast<Member*>(&scene->writer), static_cast<Member*>(&scene->reader)}) {
		HOLDS(member->common().open_links() == 1 && !member->common().left());
		HOLDS(member->log.count(Type::kShutdown) == 0 && member->log.events.size() <= 64);
		for (const Event& event : member->log.events) {
			if (event.type == Type::kError) {
				HOLDS(event.status.message.size() <= 1024);
				tried(code_name(event.status.code));
			} else if (event.type == Type::kConnect) {
				tried("linked");
			}
		}
	}
	scene->writer.log.events.clear();
	scene->reader.log.events.clear();
	HOLDS(scene->writer.write(honest_message(scene->written)) == WriterEndpoint::Written::kAccepted);
	const Texts texts = scene->reader.read_all();
	HOLDS(texts == Texts{honest_message(scene->written)});
	scene->written += 1;
	check_no_growth();
}
