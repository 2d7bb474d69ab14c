// A hostile writer against the real ReaderEndpoint, with an honest writer beside it. The words of its lane, and of its pool if it has one, change
//
//   between calls      An accepted message equals the bytes in the lane under the descriptor of its sequence.
//   at every load      of a shared word, and in the middle of every copy. No byte outside of the mapping is accessed.
//   by withholding     at every load, while messages are written step by step. An accepted message is whole and in order.
//   from a thread      which stores random values at full speed.
//
// Invariants: delivered and lost add up. Loads, system calls and events of each call are bounded. After the hostile writer has
// gone its link ends within a bounded number of calls. All messages of the honest writer arrive, and its link stays.
#include <atomic>
#include <thread>

#include "fuzz/hostile_lane.h"

using namespace ringwire;
using fuzz::Choices;
using fuzz::HostileLane;
using fuzz::HostileLink;

namespace {

using Type = Event::Type;

enum class Lies { kBetweenCalls, kAtEveryLoad, kWithholding, kFromThread };

struct Setting {
	Overflow overflow;
	ReaderOptions options;
};

const Setting kSettings[] = {
	{Overflow::kBlock, {}},
	{Overflow::kBlock, {.order_by_time = true}},
	{Overflow::kDropNewest, {.from_newest = true, .spin_nanos = 0}},
	{Overflow::kDropOldest, {}},
	{Overflow::kDropOldest, {.order_by_time = true, .spin_nanos = 0}},
	{Overflow::kLatest, {}},
	{Overflow::kLatest, {.order_by_time = true}},
};

struct Scene {
	explicit Scene(const Setting& setting)
		: company(setting.overflow), reader(company.reader(setting.options)), honest(company.writer()),
		  latest(setting.overflow == Overflow::kLatest) {
		company.settle();
	}
	Company company;
	TestReader& reader;
	TestWriter& honest;
	bool latest;
	uint64_t written = 0;   // by the honest writer
	uint64_t delivered = 0; // of those; with `latest`: the sequence after the newest delivered one
	uint64_t peer = 0;
};

Scene& scene_of(size_t index) {
	static std::unique_ptr<Scene> scenes[std::size(kSettings)];
	for (size_t i = 0; scenes[0] == nullptr || scenes[std::size(kSettings) - 1] == nullptr; ++i) { // all of them
		scenes[i] = std::make_unique<Scene>(kSettings[i]);
	}
	return *scenes[index];
}

struct Attack {
	Choices& choices;
	Scene& scene;
	Lies lies;
	HostileLane lane;
	uint64_t start;
	unsigned rarity;
	uint64_t delivered = 0; // from the hostile lane
	uint64_t lost = 0;
	std::vector<Leased> leases{}; // open ones
};

// The reader's counts of the hostile link. False: the link is closed.
bool counts_of(const Attack& attack, LinkCounts& counts) {
	for (const LinkCounts& entry : attack.scene.reader.endpoint.link_counts()) {
		if (entry.peer.id == attack.scene.peer) {
			counts = entry;
			return true;
		}
	}
	return false;
}

void on_load(void* context) {
	auto& attack = *static_cast<Attack*>(context);
	if (attack.lies == Lies::kWithholding) {
		for (uint64_t steps = attack.choices.below(4); steps > 0; --steps) {
			attack.lane.step();
		}
		if (attack.choices.once_in(attack.rarity * 8)) {
			attack.lane.withhold(attack.choices);
		}
	} else if (attack.choices.once_in(attack.rarity)) {
		attack.lane.lie(attack.choices);
	}
}

void check_message(const Attack& attack, uint64_t sequence, const std::byte* bytes, uint32_t length) {
	HOLDS(length <= attack.lane.geometry().message_max);
	if (attack.lies == Lies::kWithholding) {
		HOLDS(length == attack.lane.length_of(sequence) && is_message_of(sequence, bytes, length));
		fuzz::tried("accepted: whole with withholding lies");
	} else if (attack.lies == Lies::kBetweenCalls) {
		const Descriptor& words = attack.lane.descriptor(sequence);
		HOLDS(uint64_t{words.stamp} == sequence + 1 && uint32_t{words.length} == length);
		if (const uint32_t flags = words.flags; flags != kFlagsInline) {
			const uint64_t offset = pool_offset(flags);
			HOLDS(attack.lane.has_pool() && (flags & kKindMask) == kFlagsPool && offset >= kChunksOffset);
			HOLDS(offset + length <= attack.lane.pool().bytes());
			HOLDS(std::equal(bytes, bytes + length, attack.lane.pool().memory() + offset));
			fuzz::tried("accepted: equal to the pool");
			return;
		}
		HOLDS(std::equal(bytes, bytes + length, attack.lane.payload(words.position)));
		HOLDS(uint64_t{attack.lane.control().intent} - uint64_t{words.position} <= attack.lane.geometry().capacity);
		fuzz::tried("accepted: equal to the lane");
	} else {
		fuzz::tried("accepted: while it changed");
	}
}

// The bound on the loads of one call: the most that a batch of `count_max` can need.
uint64_t loads_max(uint32_t count_max, const Attack& attack) {
	const uint64_t loads_of_look = 16 + 8 * static_cast<uint64_t>(std::bit_width(attack.lane.geometry().depth));
	return 64 + count_max * uint64_t{24} + kLooksMax * (kLooksMax + 2) * loads_of_look;
}

struct Room {
	uint64_t bytes;
	uint32_t messages;
};

constexpr Room kLargeRoom{kCapacityMin, 40};

Room any_room(Choices& choices) {
	const uint64_t sizes[] = {64, 700, 4096, kCapacityMin};
	return {sizes[choices.below(std::size(sizes))], static_cast<uint32_t>(1 + choices.below(40))};
}

// Whether it is the next message of the honest writer, which is counted then.
bool take_honest(Scene& scene, const std::byte* bytes, size_t length) {
	const std::string text(reinterpret_cast<const char*>(bytes), length);
	for (uint64_t number = scene.delivered;
	     number < (scene.latest ? scene.written : std::min(scene.delivered + 1, scene.written)); ++number) {
		if (text == fuzz::honest_message(number)) {
			scene.delivered = number + 1;
			return true;
		}
	}
	return false;
}

void count_losses(Attack& attack, bool linked, const LinkCounts& counts) {
	if (linked) {
		HOLDS(counts.messages == attack.delivered && counts.lost >= attack.lost);
		attack.lost = counts.lost;
	}
}

void release_one(Attack& attack) {
	const auto lease = attack.leases.begin() + static_cast<ptrdiff_t>(attack.choices.below(attack.leases.size()));
	const Leased leased = *lease;
	attack.leases.erase(lease);
	uint64_t sum = 0;
	for (uint32_t i = 0; i < leased.length; ++i) {
		sum += static_cast<uint64_t>(leased.bytes[i]); // can be read whatever has happened
	}
	leased.bytes[leased.length / 2] = static_cast<std::byte>(sum);
	leased.lane->release(leased.sequence);
}

// Leases of a writer that does not keep its promise are views of anything, but stay in the mapping.
void lease_once(Attack& attack) {
	Scene& scene = attack.scene;
	const std::unique_ptr<std::byte[]> slab(new std::byte[kCapacityMin]);
	const auto view_min = static_cast<uint32_t>(1 + attack.choices.below(600));
	LinkCounts counts;
	watch::counts = {};
	const Leased leased = scene.reader.endpoint.read_lease(slab.get(), 0, kCapacityMin, view_min);
	HOLDS(watch::counts.loads <= loads_max(1, attack) && watch::counts.sends <= 5);
	scene.reader.take_events();
	const bool linked = counts_of(attack, counts);
	const uint64_t sequence = attack.start + attack.delivered + (linked ? counts.lost : attack.lost);
	const bool is_view = leased.kind == Leased::Kind::kView;
	if (is_view || leased.kind == Leased::Kind::kCopy) {
		HOLDS(!is_view || leased.length >= view_min);
		const std::byte* bytes = is_view ? leased.bytes : slab.get() + leased.slot.begin;
		if (!take_honest(scene, bytes, leased.length)) {
			HOLDS(linked && leased.writer.id == scene.peer);
			if (!is_view || attack.lies == Lies::kBetweenCalls) {
				check_message(attack, sequence, bytes, leased.length);
			}
			attack.delivered += 1;
		}
	}
	if (is_view) {
		fuzz::tried("leased: a view");
		attack.leases.push_back(leased);
		if (attack.choices.once_in(2)) {
			leased.lane->keep(leased.sequence);
		}
	}
	count_losses(attack, linked, counts);
}

void read_once(Attack& attack, Room room) {
	Scene& scene = attack.scene;
	const uint64_t size = room.bytes;
	const uint32_t count_max = room.messages;
	const std::unique_ptr<std::byte[]> slab(new std::byte[size]);
	const std::unique_ptr<Slot[]> slots(new Slot[count_max]);
	uint64_t needed = 0;
	LinkCounts counts;
	const size_t events_before = scene.reader.log.events.size();
	watch::counts = {};
	const uint32_t count = scene.reader.endpoint.read_batch(slab.get(), 0, size, slots.get(), count_max, needed);
	HOLDS(watch::counts.loads <= loads_max(count_max, attack));
	HOLDS(watch::counts.sends <= count_max + 4U);
	HOLDS(watch::counts.receives <= (counts_of(attack, counts) ? 0 : watch::kReceivesToCloseMax));
	scene.reader.take_events();
	HOLDS(scene.reader.log.events.size() <= events_before + 4 * kLooksMax);
	HOLDS(count <= count_max && needed <= attack.lane.geometry().message_max);
	const bool linked = counts_of(attack, counts);
	const uint64_t first = attack.start + attack.delivered + (linked ? counts.lost : attack.lost);
	uint64_t hostile = 0;
	uint32_t end = 0;
	for (uint32_t i = 0; i < count; ++i) {
		HOLDS(slots[i].begin >= end && slots[i].begin <= slots[i].end && slots[i].end <= size);
		end = slots[i].end;
		const std::byte* bytes = slab.get() + slots[i].begin;
		if (!take_honest(scene, bytes, slots[i].end - slots[i].begin)) {
			HOLDS(linked); // a link that ends in this call delivers nothing in this call
			check_message(attack, first + hostile, bytes, slots[i].end - slots[i].begin);
			hostile += 1;
		}
	}
	attack.delivered += hostile;
	count_losses(attack, linked, counts);
}

void serve(Attack& attack) {
	watch::counts = {};
	attack.scene.reader.serve();
	HOLDS(watch::counts.receives <= 4 * kLinkMessagesPerTurn && watch::counts.sends <= 4 * kLinkMessagesPerTurn);
	HOLDS(watch::counts.loads <= 512);
	attack.scene.honest.serve();
}

void write_honestly(Scene& scene) {
	HOLDS(scene.honest.write(fuzz::honest_message(scene.written)) == WriterEndpoint::Written::kAccepted);
	scene.written += 1;
}

// True: the link is open.
bool join(Attack& attack, HostileLink& link) {
	Choices& choices = attack.choices;
	Scene& scene = attack.scene;
	scene.peer += 1;
	WireHello hello = link.hello(scene.peer);
	hello.features_required = attack.lane.has_pool() ? kFeaturePool : 0;
	if (choices.once_in(32)) {
		attack.lane.lie(choices); // possibly in the header
		fuzz::tried("handshake: lies in the lane");
	}
	if (choices.once_in(32)) {
		link.misbehave(choices);
	}
	link.send(&hello, sizeof hello);
	if (choices.once_in(32)) {
		link.misbehave(choices);
	}
	if (attack.lane.has_pool() && !choices.once_in(32)) {
		const auto message = static_cast<uint8_t>(WireType::kPool);
		link.send(&message, sizeof message, attack.lane.pool().share());
		if (choices.once_in(32)) {
			attack.lane.lie(choices);
			link.misbehave(choices);
		}
	}
	WireWelcome welcome;
	std::memset(&welcome, 0, sizeof welcome);
	welcome.type = static_cast<uint8_t>(WireType::kWelcome);
	welcome.start = attack.start;
	link.send(&welcome, sizeof welcome, attack.lane.region().share());
	for (int i = 0; i < 4; ++i) {
		serve(attack);
	}
	if (!choices.once_in(32)) {
		link.send(WireType::kRing); // otherwise the reader does not open the link
	}
	serve(attack);
	LinkCounts counts;
	return counts_of(attack, counts);
}

void attack_once(Attack& attack, HostileLink& link) {
	Choices& choices = attack.choices;
	Scene& scene = attack.scene;
	LinkCounts counts;
	if (attack.lies != Lies::kBetweenCalls && attack.lies != Lies::kFromThread) {
		watch::set_interrupt(on_load, &attack);
	}
	for (int i = 0; i < 40 && !choices.exhausted() && counts_of(attack, counts); ++i) {
		if (attack.lies == Lies::kBetweenCalls && choices.once_in(2)) {
			attack.lane.lie(choices);
		}
		for (uint64_t messages = choices.below(4); messages > 0 && attack.lies != Lies::kFromThread; --messages) {
			attack.lane.put();
		}
		if (choices.once_in(32)) {
			link.misbehave(choices);
		}
		if (choices.once_in(64)) {
			link.socket.close();
			fuzz::tried("closes without a bye");
		}
		switch (choices.below(8)) {
		case 0:
			serve(attack);
			break;
		case 1:
			if (scene.written == scene.delivered) {
				write_honestly(scene);
			}
			break;
		case 2:
			if (!scene.reader.endpoint.begin_wait()) {
				for (int polls = 0; polls < 3 && scene.reader.endpoint.polling(); ++polls) {
					(void)scene.reader.endpoint.poll();
				}
				serve(attack);
				scene.reader.endpoint.cancel_wait();
			}
			break;
		case 3:
			(void)scene.reader.endpoint.available();
			break;
		case 4:
			for (uint64_t leases = choices.below(4); leases > 0; --leases) {
				lease_once(attack);
			}
			break;
		case 5:
			if (!attack.leases.empty()) {
				release_one(attack);
			}
			break;
		default:
			read_once(attack, any_room(choices));
			break;
		}
	}
	watch::set_interrupt(nullptr, nullptr);
}

// After the hostile writer has gone, for whatever reason.
void recover(Attack& attack) {
	Scene& scene = attack.scene;
	LinkCounts counts;
	attack.lies = attack.lies == Lies::kWithholding ? Lies::kWithholding
	                                                : Lies::kBetweenCalls; // the lane does not change any more
	uint64_t calls = 0;
	do {
		serve(attack);
		read_once(attack, kLargeRoom);
		HOLDS(++calls <= 64 + 4 * uint64_t{attack.lane.geometry().depth});
	} while (counts_of(attack, counts));
	write_honestly(scene);
	while (scene.delivered != scene.written) {
		read_once(attack, kLargeRoom);
		HOLDS(++calls <= 128 + 4 * uint64_t{attack.lane.geometry().depth});
	}
	while (!attack.leases.empty()) {
		release_one(attack);
	}
	HOLDS(scene.reader.endpoint.open_links() == 1 && scene.honest.endpoint.open_links() == 1);
	HOLDS(scene.honest.log.count(Type::kDisconnect) == 0 && scene.honest.log.count(Type::kError) == 0);
	for (const Event& event : scene.reader.log.events) {
		HOLDS(event.type != Type::kEnd && event.type != Type::kShutdown);
		HOLDS(event.status.code != Code::kSystem ||
		      event.status.message.starts_with("the peer refused")); // the reason of the peer
		HOLDS(event.type != Type::kDisconnect || event.peer.id == scene.peer);
		if (event.type == Type::kDisconnect) {
			constexpr const char* kNames[] = {"outcome: closed", "outcome: died", "outcome: corrupt"};
			fuzz::tried(kNames[static_cast<size_t>(event.reason)]);
		}
	}
	scene.reader.log.events.clear();
}

} // namespace

void fuzz::attack(Choices& choices) {
	Scene& scene = scene_of(choices.below(std::size(kSettings)));
	const uint64_t starts[] = {0, 0, 0, 5, kSequenceMax - 30, kSequenceMax, kSequenceMax + 1, choices.lie(0)};
	const auto lies = choices.random() && choices.once_in(16) ? Lies::kFromThread : static_cast<Lies>(choices.below(3));
	const uint64_t start = starts[choices.below(std::size(starts))];
	const LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, uint32_t{2} << choices.below(6)};
	const unsigned rarity = 2 + static_cast<unsigned>(choices.below(30));
	const bool has_pool = choices.once_in(2);
	Attack attack{choices, scene, lies, HostileLane(geometry, start, has_pool), start, rarity};
	tried(has_pool ? "runs with a pool" : "runs without a pool");
	{
		HostileLink link(scene.company, Role::kReader);
		if (join(attack, link)) {
			constexpr const char* kNames[] = {"runs with lies between calls", "runs with lies at every load",
			                                  "runs with withholding lies", "runs with lies from a thread"};
			tried(kNames[static_cast<size_t>(lies)]);
			std::atomic<bool> over{false};
			std::thread attacker;
			if (lies == Lies::kFromThread) {
				attacker = std::thread([&attack, &over, seed = choices.word()] {
					Choices own(seed);
					while (!over) {
						if (own.once_in(16)) {
							attack.lane.lie(own);
						} else {
							attack.lane.step();
						}
					}
				});
			}
			attack_once(attack, link);
			over = true;
			if (attacker.joinable()) {
				attacker.join();
			}
		} else {
			tried("runs that were refused");
		}
	}
	recover(attack);
	check_no_growth(1); // the page map, which is opened with the first lease
}
