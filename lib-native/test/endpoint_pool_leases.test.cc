// Leases of messages in a pool: by the position of a reader that holds its writer back, or by a pin.
#include <algorithm>

#include "test/lessee.h"
#include "test/pool_company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;
using Kind = Leased::Kind;
using Reason = Event::Reason;

// A channel and a reader with leases by pins.
struct Lossy {
	Overflow overflow;
	bool reader;
};
constexpr Lossy kLossy[] = {{Overflow::kDropOldest, false}, {Overflow::kLatest, false}, {Overflow::kBlock, true}};

ReaderOptions options_of(const Lossy& kind) {
	ReaderOptions options;
	options.lossy = kind.reader;
	return options;
}

struct Scene : PoolCompany {
	explicit Scene(Overflow overflow = Overflow::kBlock, const ReaderOptions& options = {}, uint32_t depth = 16)
		: PoolCompany(overflow, depth), reader(company.reader(options)), lessee(reader) {
		company.settle();
	}
	explicit Scene(const Lossy& kind) : Scene(kind.overflow, options_of(kind)) {}
	// A message of one chunk, or of two.
	Written put_large(char letter, uint64_t chunks = 1) { return put({&host}, {letter}, chunks * kLargeChunk); }
	[[nodiscard]] Leased lease_large(char letter, uint64_t chunks = 1) {
		Leased leased = lessee.lease();
		while (leased.kind == Kind::kNothing && reader.endpoint.available() > 0) {
			leased = lessee.lease(); // there was a loss
		}
		CHECK(leased.kind == Kind::kView && is_large(leased, letter, chunks));
		return leased;
	}
	[[nodiscard]] bool is_large(const Leased& leased, char letter, uint64_t chunks = 1) const {
		return lessee.text(leased) == std::string(chunks * kLargeChunk, letter);
	}
	// Uses every chunk that it can get again.
	uint32_t go_on(uint32_t rounds = 12) {
		uint32_t count = 0;
		for (uint32_t i = 0; i < rounds; ++i) {
			count += put_large('!') == Written::kAccepted ? 1 : 0;
		}
		return count;
	}
	[[nodiscard]] bool woken() {
		company.settle();
		return (host.wakes & kWakeRoom) != 0;
	}

	TestWriter& host = writer();
	TestReader& reader;
	Lessee lessee;
};

void release(const Leased& leased) {
	leased.lane->release(leased.sequence);
}
void keep(const Leased& leased) {
	leased.lane->keep(leased.sequence);
}

} // namespace

LAW("a large message in a pool is leased where it is, and a small one is copied, whether the reader holds back or "
    "not") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		Scene scene(overflow);
		CHECK(put(scene.host, "small") == Written::kAccepted);
		CHECK(scene.put_large('a') == Written::kAccepted);
		const Leased small = scene.lessee.lease();
		CHECK(small.kind == Kind::kCopy && scene.lessee.text(small) == "small");
		const Leased leased = scene.lease_large('a');
		CHECK(leased.writer.id == scene.host.endpoint.id());
		CHECK(scene.lessee.lease().kind == Kind::kNothing);
		CHECK(scene.reader.endpoint.counts().messages == 2 && scene.reader.endpoint.counts().bytes == 5 + kLargeChunk);
		release(leased);
		CHECK(scene.host.endpoint.unread() == 0);
		CHECK(scene.host.endpoint.link_counts().at(0).messages == 2);
	}
}

LAW("a lease of a message in the pool holds the position, as one of a message in the lane") {
	Scene scene;
	CHECK(scene.put_large('a') == Written::kAccepted && scene.host.write(large('b')) == Written::kAccepted);
	CHECK(scene.put_large('c') == Written::kAccepted && scene.host.write("d") == Written::kAccepted);
	const Leased a = scene.lease_large('a');
	const Leased b = scene.lessee.lease();
	const Leased c = scene.lease_large('c');
	REQUIRE(b.kind == Kind::kView);
	CHECK(scene.reader.read_all() == Texts{"d"});
	CHECK(scene.host.endpoint.unread() == 4);
	CHECK(scene.go_on() == 2); // of the four chunks
	CHECK(scene.is_large(a, 'a') && scene.lessee.text(b) == large('b') && scene.is_large(c, 'c'));
	release(b);
	CHECK(scene.host.endpoint.unread() == 6);
	release(a);
	CHECK(scene.host.endpoint.unread() == 4);
	CHECK(scene.go_on() == 1);
	CHECK(scene.is_large(c, 'c'));
	release(c);
}

LAW("a message that is leased by the position when its reader leaves or dies is the next reader's") {
	for (const bool dies : {false, true}) {
		Scene scene;
		CHECK(scene.put_large('a') == Written::kAccepted && scene.put_large('b') == Written::kAccepted);
		const Leased a = scene.lease_large('a');
		const Leased b = scene.lease_large('b');
		keep(b); // but this one is not
		scene.reader.endpoint.leave(!dies);
		TestReader& next = scene.company.reader();
		scene.company.settle();
		const Texts texts = next.read_all();
		REQUIRE(texts.size() == 2);
		CHECK(texts[0][0] == 'a' && texts[1][0] == 'b');
		release(a);
		release(b);
	}
}

LAW("a lease that is kept gives the position back and keeps its chunk, until its release wakes the writer for it") {
	Scene scene;
	CHECK(scene.put_large('a', 2) == Written::kAccepted && scene.put_large('b', 2) == Written::kAccepted);
	const Leased a = scene.lease_large('a', 2);
	const Leased b = scene.lease_large('b', 2);
	keep(a);
	CHECK(scene.host.endpoint.unread() == 1);
	keep(b);
	keep(b);
	CHECK(scene.host.endpoint.unread() == 0);
	CHECK(scene.host.write_many("m", 16) == 16);
	CHECK(scene.put_large('x') == Written::kNoMemory && !scene.host.endpoint.want_room(kLargeChunk));
	CHECK(scene.reader.read_all().size() == 16);
	CHECK(scene.reader.read_all().empty() && scene.host.endpoint.unread() == 0);
	CHECK(!scene.woken() && scene.is_large(a, 'a', 2) && scene.is_large(b, 'b', 2));
	const uint64_t rings = scene.reader.endpoint.rings();
	release(b);
	CHECK(scene.reader.endpoint.rings() == rings + 1 && scene.woken());
	CHECK(scene.put_large('c', 2) == Written::kAccepted && scene.put_large('d') == Written::kNoMemory);
	CHECK(scene.is_large(a, 'a', 2));
	release(a);
	CHECK(scene.reader.endpoint.rings() == rings + 1); // no writer waits
	CHECK(scene.put_large('d') == Written::kAccepted);
}

LAW("a writer that waits for room in its lane is woken when a lease is kept") {
	Scene scene(Overflow::kBlock, {}, 2);
	CHECK(scene.put_large('a') == Written::kAccepted && scene.put_large('b') == Written::kAccepted);
	const Leased a = scene.lease_large('a');
	const Leased b = scene.lease_large('b');
	CHECK(!scene.host.endpoint.want_space(1));
	keep(a);
	keep(b);
	scene.company.settle();
	CHECK((scene.host.wakes & kWakeSpace) != 0);
	release(a);
	release(b);
}

LAW("a lease of a message in the lane stays where it is when it is kept") {
	Scene scene;
	CHECK(scene.host.write(large('a')) == Written::kAccepted);
	const Leased leased = scene.lessee.lease();
	REQUIRE(leased.kind == Kind::kView);
	keep(leased);
	CHECK(scene.host.endpoint.unread() == 1 && scene.lessee.text(leased) == large('a'));
	release(leased);
	CHECK(scene.host.endpoint.unread() == 0);
}

LAW("a lease that is kept when no pin is free goes on holding the position") {
	PoolCompany scene;
	TestWriter& writer = scene.company.writer_with(scene.pool, 1024);
	TestReader& reader = scene.company.reader();
	Lessee lessee(reader);
	scene.company.settle();
	std::vector<Leased> leases;
	for (uint32_t i = 0; i <= kPinsMax; ++i) {
		REQUIRE(put(writer, std::to_string(i)) == Written::kAccepted);
		leases.push_back(lessee.lease(1));
		REQUIRE(leases.back().kind == Kind::kView);
		keep(leases.back());
	}
	CHECK(writer.endpoint.unread() == 1);
	release(leases[7]);
	CHECK(writer.endpoint.unread() == 1);
	keep(leases.back());
	CHECK(writer.endpoint.unread() == 0);
	for (uint32_t i = 0; i <= kPinsMax; ++i) {
		if (i != 7) {
			CHECK(lessee.text(leases[i]) == std::to_string(i));
			release(leases[i]);
		}
	}
	writer.endpoint.leave();
	CHECK(scene.pool->chunks().free_bytes() == 4 * kLargeChunk);
}

LAW("a pinned lease keeps its bytes while a writer that is not held back uses all other chunks again and again") {
	for (const Lossy& kind : kLossy) {
		Scene scene(kind);
		TestReader* const second = has_limit(kind.overflow) ? &scene.company.reader() : nullptr;
		scene.company.settle();
		std::vector<Leased> open;
		uint64_t random = 3;
		uint32_t uses = 0;
		for (int round = 0; round < 200; ++round) {
			const char letter = static_cast<char>('a' + uses % 26);
			uses += scene.put_large(letter) == Written::kAccepted ? 1 : 0;
			while (open.size() < 2) {
				const Leased leased = scene.lessee.lease();
				if (leased.kind != Kind::kView) {
					break;
				}
				open.push_back(leased);
			}
			for (const Leased& leased : open) {
				CHECK(scene.is_large(leased, static_cast<char>('a' + leased.sequence % 26)));
			}
			if (law::next_random(random) % 3 == 0 && !open.empty()) {
				const auto ended = open.begin() + static_cast<ptrdiff_t>(law::next_random(random) % open.size());
				release(*ended);
				open.erase(ended);
			}
			if (second != nullptr) {
				(void)second->read_all();
				(void)second->read_all();
			}
		}
		CHECK(uses > 190);
		std::for_each(open.begin(), open.end(), release);
	}
}

LAW("a reader without a free pin may have no more leases of a pool, and the message stays in the ring") {
	PoolCompany scene(Overflow::kDropOldest);
	TestWriter& writer = scene.company.writer_with(scene.pool, 1024);
	TestReader& reader = scene.company.reader();
	Lessee lessee(reader);
	scene.company.settle();
	std::vector<Leased> leases;
	for (uint32_t i = 0; i <= kPinsMax; ++i) {
		REQUIRE(put(writer, std::to_string(i)) == Written::kAccepted);
		leases.push_back(lessee.lease(1));
		CHECK(leases.back().kind == (i < kPinsMax ? Kind::kView : Kind::kTooMany));
	}
	CHECK(reader.endpoint.available() == 1);
	release(leases[3]);
	leases[3] = lessee.lease(1);
	CHECK(leases[3].kind == Kind::kView && lessee.text(leases[3]) == std::to_string(kPinsMax));
	leases.pop_back();
	std::for_each(leases.begin(), leases.end(), release);
}

LAW("the release of a pinned lease wakes a writer that waits for room in its pool, once") {
	for (const Lossy& kind : kLossy) {
		Scene scene(kind);
		CHECK(scene.put_large('a', 2) == Written::kAccepted);
		const Leased a = scene.lease_large('a', 2);
		CHECK(scene.put_large('b', 2) == Written::kAccepted);
		const Leased b = scene.lease_large('b', 2);
		CHECK(!scene.host.endpoint.want_room(2 * kLargeChunk));
		CHECK(!scene.woken());
		if (kind.overflow == Overflow::kBlock) {
			TestReader& second = scene.company.reader(); // it holds the writer back
			scene.company.settle();
			CHECK(second.read_all().size() == 2 && second.read_all().empty());
			CHECK(!scene.woken());
		}
		release(a);
		CHECK(scene.woken() && scene.reader.endpoint.rings() == 1);
		CHECK(scene.put_large('c', 2) == Written::kAccepted && scene.is_large(b, 'b', 2));
		release(b);
		CHECK(scene.reader.endpoint.rings() == 1);
	}
}

LAW("the bytes of a lease of a pool stay when its writer leaves or dies, also if another writer goes on with the "
    "pool") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		for (const bool dies : {false, true}) {
			for (const bool is_kept : {false, true}) {
				Scene scene(overflow);
				CHECK(scene.put_large('a') == Written::kAccepted && scene.put_large('b') == Written::kAccepted);
				const Leased a = scene.lease_large('a');
				if (is_kept) {
					keep(a);
				}
				TestWriter& other = scene.writer();
				scene.company.settle();
				scene.host.endpoint.leave(!dies);
				scene.company.settle();
				const Leased b = scene.lease_large('b'); // from a lane without a writer
				CHECK(scene.lessee.lease().kind == Kind::kNothing);
				CHECK(scene.reader.log.departed(dies ? Reason::kDied : Reason::kClosed));
				for (int i = 0; i < 8; ++i) {
					(void)put({&other}, "!", kLargeChunk);
				}
				CHECK(scene.is_large(a, 'a') && scene.is_large(b, 'b'));
				release(a);
				CHECK(scene.is_large(b, 'b'));
				release(b);
				scene.company.settle();
				CHECK(all_zero(b));
			}
		}
	}
}

LAW("a reader that cuts off a living writer keeps the bytes of its leases of the pool, while the writer goes on") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		ReaderOptions options;
		options.message_max = kLargeChunk;
		Scene scene(overflow, options);
		CHECK(scene.put_large('a') == Written::kAccepted && scene.put_large('b') == Written::kAccepted);
		const Leased a = scene.lease_large('a');
		const Leased b = scene.lease_large('b');
		keep(b);
		CHECK(scene.put_large('c', 2) == Written::kAccepted);
		CHECK(scene.lessee.lease().kind == Kind::kNothing && scene.reader.log.departed(Reason::kCorrupt));
		TestReader& next = scene.company.reader();
		scene.company.settle();
		uint32_t uses = 0;
		for (int i = 0; i < 12; ++i) {
			(void)next.read_all();
			uses += scene.go_on(1);
		}
		CHECK(uses > 8);
		CHECK(scene.is_large(a, 'a') && scene.is_large(b, 'b'));
		release(a);
		release(b);
	}
}

LAW("a reader that ends keeps its leases of a pool, whichever writer of the pool goes on") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		for (const bool has_ended : {false, true}) {
			Scene scene(overflow);
			TestWriter& other = scene.writer();
			scene.company.settle();
			CHECK(scene.put_large('a') == Written::kAccepted && scene.put_large('b') == Written::kAccepted);
			const Leased a = scene.lease_large('a');
			const Leased b = scene.lease_large('b');
			keep(b);
			if (has_ended) {
				scene.host.endpoint.end();
			}
			scene.reader.endpoint.keep_leases();
			scene.reader.endpoint.leave();
			TestReader& next = scene.company.reader();
			scene.company.settle();
			CHECK(scene.host.endpoint.unread() == 0);
			uint32_t uses = 0;
			for (int i = 0; i < 12; ++i) {
				uses += put({&other}, "!", kLargeChunk) == Written::kAccepted ? 1 : 0;
				(void)next.read_all();
			}
			CHECK(uses > 8);
			CHECK(scene.is_large(a, 'a') && scene.is_large(b, 'b'));
			release(a);
			release(b);
		}
	}
}

LAW("the end of leases of a pool makes their bytes zeros, and the pins go with their reader") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		Scene scene(overflow);
		CHECK(scene.put_large('a', 2) == Written::kAccepted && scene.put_large('b', 2) == Written::kAccepted);
		const Leased a = scene.lease_large('a', 2);
		const Leased b = scene.lease_large('b', 2);
		keep(a);
		keep(b);
		CHECK(!scene.host.endpoint.want_room(2 * kLargeChunk));
		a.lane->end();
		CHECK(all_zero(a) && all_zero(b));
		release(a);
		CHECK(!scene.woken());
		scene.reader.endpoint.leave();
		CHECK(scene.woken());
		CHECK(scene.put_large('c', 2) == Written::kAccepted);
	}
}

LAW("a store into a lease of a pool reaches neither its writer, nor a later lease, nor a copy") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		Scene scene(overflow);
		for (int round = 0; round < 20; ++round) {
			CHECK(scene.put_large('x') == Written::kAccepted);
			if (round % 4 == 3) {
				CHECK(scene.reader.read(1) == Texts{std::string(kLargeChunk, 'x')});
				continue;
			}
			const Leased leased = scene.lease_large('x');
			std::fill_n(leased.bytes, leased.length, std::byte{'!'});
			CHECK(scene.pool->chunks().memory(0)[0] == std::byte{'x'});
			release(leased);
		}
	}
}
