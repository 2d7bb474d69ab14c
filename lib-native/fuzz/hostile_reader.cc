// A hostile reader against the real WriterEndpoint, with an honest reader beside it. Its cursor, its epoch and its pins change between calls,
// at every load, or from a thread, and its socket sends unexpected messages. Invariants: the honest reader gets every accepted
// message, whole and in order. No value in a cursor makes the writer overwrite an unread message of the honest reader. Loads and
// system calls of each call are bounded. The writer continues after the hostile reader has gone.
#include <atomic>
#include <thread>

#include "fuzz/company.h"
#include "test/pool_company.h"

using namespace ringwire;
using fuzz::Choices;
using fuzz::HostileLink;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

struct Setting {
	Overflow overflow;
	bool has_pool; // of the writer: every second message is in it
};
constexpr Setting kSettings[] = {
	{Overflow::kBlock, false},     {Overflow::kDropNewest, false}, {Overflow::kDropOldest, false},
	{Overflow::kLatest, false},    {Overflow::kBlock, true},       {Overflow::kDropNewest, true},
	{Overflow::kDropOldest, true}, {Overflow::kLatest, true},
};

struct Scene {
	explicit Scene(const Setting& setting)
		: company(setting.overflow), pool(setting.has_pool ? make_pool() : nullptr),
		  writer(pool != nullptr ? company.writer_with(pool, 16) : company.writer(16)), honest(company.reader()),
		  limited(has_limit(setting.overflow)) {
		company.settle();
	}
	// With room for as many messages as the lane has, and some more.
	static std::shared_ptr<SharedPool> make_pool() {
		auto made = std::make_shared<SharedPool>();
		HOLDS(made->create({kChunksOffset + 4096, 256}).ok());
		return made;
	}
	Company company;
	std::shared_ptr<SharedPool> pool;
	TestWriter& writer;
	TestReader& honest;
	bool limited;
	uint64_t written = 0;
	uint64_t delivered = 0;
	uint64_t peer = 0;
};

Scene& scene_of(size_t index) {
	static std::unique_ptr<Scene> scenes[std::size(kSettings)];
	for (size_t i = 0; scenes[index] == nullptr || scenes[std::size(kSettings) - 1] == nullptr; ++i) { // all of them
		scenes[i] = std::make_unique<Scene>(kSettings[i]);
	}
	return *scenes[index];
}

struct Attack {
	Choices& choices;
	Scene& scene;
	Region memory;
	unsigned rarity;

	[[nodiscard]] Cursor& cursor() const { return *reinterpret_cast<Cursor*>(memory.memory()); }
	[[nodiscard]] SharedU64& pin(Choices& with) const {
		return reinterpret_cast<Pins*>(memory.memory() + kPinsOffset)->words[with.below(kPinsMax)];
	}
	void lie(Choices& with) const {
		switch (with.below(scene.pool != nullptr ? 6 : 4)) {
		case 0:
			cursor().sequence = scene.written - with.below(20);
			return fuzz::tried("cursor: sequence near the newest, or backwards");
		case 1:
			cursor().sequence = with.lie(cursor().sequence);
			return fuzz::tried("cursor: sequence");
		case 2:
			cursor().asleep_epoch = cursor().asleep_epoch + 1;
			return fuzz::tried("cursor: epoch by one");
		case 3:
			cursor().asleep_epoch = with.lie(cursor().asleep_epoch);
			return fuzz::tried("cursor: epoch");
		case 4:
			pin(with) = scene.written + 1 - with.below(20);
			return fuzz::tried("cursor: pin near the newest");
		default:
			pin(with) = with.lie(scene.written);
			return fuzz::tried("cursor: pin");
		}
	}
};

bool linked(const Attack& attack) {
	for (const LinkCounts& entry : attack.scene.writer.endpoint.link_counts()) {
		if (entry.peer.id == attack.scene.peer) {
			return true;
		}
	}
	return false;
}

// The bound on one call for any values of the cursor: two links, a few looks at each.
// With a pool, all pins for each message that may have to be retired.
void check_cost(const Attack& attack, uint64_t messages) {
	const uint64_t pins = attack.scene.pool != nullptr ? 20 * 2 * kPinsMax : 0;
	HOLDS(watch::counts.loads <= 64 + (64 + pins) * messages);
	HOLDS(watch::counts.sends <= 8 + 2 * messages);
	HOLDS(watch::counts.receives <= (linked(attack) ? 0 : watch::kReceivesToCloseMax));
}

void write_some(Attack& attack) {
	Scene& scene = attack.scene;
	const uint64_t count = attack.choices.below(20);
	for (uint64_t i = 0; i < count; ++i) {
		watch::counts = {};
		const bool in_pool = scene.pool != nullptr && scene.written % 2 == 1;
		const std::string text = fuzz::honest_message(scene.written);
		const Written written = in_pool ? put(scene.writer, text) : scene.writer.write(text);
		check_cost(attack, 1);
		if (in_pool && written == Written::kNoMemory) {
			fuzz::tried("the pool is full of pins and unread messages");
			return;
		}
		HOLDS(written == Written::kAccepted || written == Written::kFull || written == Written::kDropped);
		HOLDS(scene.limited || written == Written::kAccepted);
		if (written != Written::kAccepted) {
			return;
		}
		scene.written += 1;
		HOLDS(!scene.limited || scene.written - scene.delivered <= 16 + 1); // unread messages were not overwritten
	}
}

void read_honestly(Scene& scene) {
	for (const std::string& text : scene.honest.read(16)) {
		while (!scene.limited && scene.delivered < scene.written && text != fuzz::honest_message(scene.delivered)) {
			scene.delivered += 1; // lost, and counted below
		}
		HOLDS(scene.delivered < scene.written && text == fuzz::honest_message(scene.delivered));
		scene.delivered += 1;
	}
	HOLDS(!scene.limited || scene.honest.log.lost() == 0);
	HOLDS(scene.honest.log.count(Type::kDisconnect) == 0 && scene.honest.log.count(Type::kError) == 0);
	scene.honest.log.events.clear();
}

void serve(Scene& scene) {
	watch::counts = {};
	scene.writer.serve();
	HOLDS(watch::counts.receives <= 4 * kLinkMessagesPerTurn && watch::counts.sends <= 4 * kLinkMessagesPerTurn);
	HOLDS(watch::counts.loads <= (scene.pool != nullptr ? 64 * kPinsMax : 256));
	scene.honest.serve();
}

bool join(Attack& attack, HostileLink& link) {
	Choices& choices = attack.choices;
	Scene& scene = attack.scene;
	scene.peer += 1;
	WireHello hello = link.hello(scene.peer);
	hello.holds_back = choices.once_in(64) ? choices.byte() : choices.below(2);
	hello.from_newest = choices.once_in(64) ? choices.byte() : choices.below(2);
	if (choices.once_in(16)) {
		attack.lie(choices);
	}
	if (choices.once_in(32)) {
		link.misbehave(choices);
	}
	link.send(&hello, sizeof hello);
	serve(scene);
	if (choices.once_in(32)) {
		link.misbehave(choices);
	}
	const auto cursor = static_cast<uint8_t>(WireType::kCursor);
	link.send(&cursor, sizeof cursor, attack.memory.share());
	serve(scene);
	serve(scene);
	if (scene.pool != nullptr && !choices.once_in(32)) {
		if (choices.once_in(16)) {
			attack.lie(choices);
			link.misbehave(choices);
		}
		link.send(WireType::kMapped);
		serve(scene);
	}
	WireWelcome welcome;
	if (!link.receive(WireType::kWelcome, welcome)) {
		return false;
	}
	attack.cursor().sequence = choices.once_in(16) ? choices.lie(welcome.start) : welcome.start;
	if (!choices.once_in(32)) {
		link.send(WireType::kReady); // otherwise it holds the writer back without ever being ready
	}
	serve(scene);
	return linked(attack);
}

void attack_once(Attack& attack, HostileLink& link) {
	Choices& choices = attack.choices;
	Scene& scene = attack.scene;
	for (int i = 0; i < 40 && !choices.exhausted() && linked(attack); ++i) {
		if (choices.once_in(2)) {
			attack.lie(choices);
		} else if (choices.once_in(2)) {
			attack.cursor().sequence = scene.written; // as an honest reader does
		}
		if (choices.once_in(24)) {
			link.misbehave(choices);
		}
		if (choices.once_in(64)) {
			link.socket.close();
			fuzz::tried("closes without a bye");
		}
		watch::counts = {};
		switch (choices.below(scene.pool != nullptr ? 9 : 8)) {
		case 0:
			serve(scene);
			break;
		case 8:
			if (!scene.writer.endpoint.want_room(1 + choices.below(256))) {
				serve(scene);
				scene.writer.endpoint.cancel_room();
			}
			break;
		case 1:
			read_honestly(scene);
			break;
		case 2:
			if (!scene.writer.endpoint.want_space(1 + choices.below(kCapacityMin / 2))) {
				serve(scene);
				scene.writer.endpoint.cancel_space();
			}
			break;
		case 3:
			if (!scene.writer.endpoint.want_drained()) {
				serve(scene);
				scene.writer.endpoint.cancel_drained();
			}
			break;
		case 4:
			HOLDS(scene.writer.endpoint.room() <= kCapacityMin / 2);
			HOLDS(scene.writer.endpoint.unread() <= 16 && scene.writer.endpoint.unread_bytes() <= kCapacityMin);
			check_cost(attack, 2);
			break;
		default:
			write_some(attack);
			break;
		}
		scene.writer.take_events();
	}
}

void recover(Attack& attack) {
	Scene& scene = attack.scene;
	for (int calls = 0; linked(attack) || scene.writer.busy(); ++calls) {
		serve(scene);
		HOLDS(calls < 64);
	}
	for (int calls = 0; calls < 4; ++calls) {
		read_honestly(scene);
	}
	(void)scene.honest.endpoint.begin_wait(); // frees the space
	scene.honest.endpoint.cancel_wait();
	HOLDS(scene.writer.write(fuzz::honest_message(scene.written)) == Written::kAccepted);
	scene.written += 1;
	if (scene.pool != nullptr) {
		HOLDS(put(scene.writer, fuzz::honest_message(scene.written)) == Written::kAccepted);
		scene.written += 1;
	}
	read_honestly(scene);
	HOLDS(scene.delivered == scene.written);
	HOLDS(scene.writer.endpoint.open_links() == 1 && scene.honest.endpoint.open_links() == 1);
	for (const Event& event : scene.writer.log.events) {
		HOLDS(event.type != Type::kShutdown && (event.type != Type::kDisconnect || event.peer.id == scene.peer));
		HOLDS(event.status.code != Code::kSystem ||
		      event.status.message.starts_with("the peer refused")); // the reason of the peer
		if (event.type == Type::kDisconnect) {
			constexpr const char* kNames[] = {"outcome: closed", "outcome: died", "outcome: corrupt"};
			fuzz::tried(kNames[static_cast<size_t>(event.reason)]);
		}
	}
	scene.writer.log.events.clear();
}

} // namespace

void fuzz::attack(Choices& choices) {
	Scene& scene = scene_of(choices.below(std::size(kSettings)));
	const uint64_t lies = choices.random() && choices.once_in(16) ? 2 : choices.below(2);
	Attack attack{choices, scene, {}, 2 + static_cast<unsigned>(choices.below(30))};
	HOLDS(attack.memory.create(kCursorBytes).ok());
	attack.cursor().sequence = 0;
	{
		HostileLink link(scene.company, Role::kWriter);
		if (join(attack, link)) {
			constexpr const char* kNames[] = {"runs with lies between calls", "runs with lies at every load",
			                                  "runs with lies from a thread"};
			tried(kNames[lies]);
			if (lies == 1) {
				watch::set_interrupt(
					[](void* context) {
						const auto& it = *static_cast<const Attack*>(context);
						if (it.choices.once_in(it.rarity)) {
							it.lie(it.choices);
						}
					},
					&attack);
			}
			std::atomic<bool> over{false};
			std::thread attacker;
			if (lies == 2) {
				attacker = std::thread([&attack, &over, seed = choices.word()] {
					Choices own(seed);
					while (!over) {
						attack.lie(own);
					}
				});
			}
			attack_once(attack, link);
			over = true;
			if (attacker.joinable()) {
				attacker.join();
			}
			watch::set_interrupt(nullptr, nullptr);
		} else {
			tried("runs that were refused");
		}
	}
	recover(attack);
	check_no_growth();
}
