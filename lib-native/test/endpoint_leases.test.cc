// Leases: messages that a reader uses at their place in the lane.
#include <algorithm>

#include "test/impostor.h"
#include "test/lessee.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;
using Kind = Leased::Kind;

struct Scene {
	explicit Scene(const ReaderOptions& options = {}, Overflow overflow = Overflow::kBlock)
		: company(overflow), reader(company.reader(options)), lessee(reader) {
		company.settle();
	}
	void write(const std::string& text) { CHECK(writer.write(text) == Written::kAccepted); }
	// Messages that fit now, of the length of a lease in `large`.
	int fill(char letter) {
		int count = 0;
		while (writer.write(large(letter)) == Written::kAccepted) {
			count += 1;
		}
		return count;
	}

	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader;
	Lessee lessee;
};

} // namespace

LAW("a large message is leased where it is, and a small one is copied") {
	Scene scene;
	scene.write("small");
	scene.write(large('a'));
	const Leased small = scene.lessee.lease();
	CHECK(small.kind == Kind::kCopy && scene.lessee.text(small) == "small");
	CHECK(small.writer.id == scene.writer.endpoint.id());
	const Leased leased = scene.lessee.lease();
	REQUIRE(leased.kind == Kind::kView);
	CHECK(scene.lessee.text(leased) == large('a') && leased.writer.id == scene.writer.endpoint.id());
	CHECK(scene.lessee.lease().kind == Kind::kNothing);
	CHECK(scene.reader.endpoint.counts().messages == 2 &&
	      scene.reader.endpoint.counts().bytes == 5 + large('a').size());
	leased.lane->release(leased.sequence);
	CHECK(scene.writer.endpoint.unread() == 0);
}

LAW("a lease keeps its bytes while the writer fills the lane again and again, and leases end in any order") {
	Scene scene;
	std::vector<Leased> open;
	uint64_t random = 7;
	char letter = 'a';
	for (int round = 0; round < 400; ++round) {
		while (scene.writer.write(large(letter)) == Written::kAccepted) {
			letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
		}
		for (Leased leased = scene.lessee.lease(); leased.kind == Kind::kView; leased = scene.lessee.lease()) {
			open.push_back(leased);
		}
		REQUIRE(!open.empty());
		for (const Leased& leased : open) {
			const std::string text = scene.lessee.text(leased);
			CHECK(text == large(text[0]) && text[0] == static_cast<char>('a' + leased.sequence % 26));
		}
		const auto ended = open.begin() + static_cast<ptrdiff_t>(law::next_random(random) % open.size());
		ended->lane->release(ended->sequence);
		open.erase(ended);
	}
	for (const Leased& leased : open) {
		leased.lane->release(leased.sequence);
	}
	CHECK(scene.writer.endpoint.unread() == scene.reader.endpoint.available());
}

LAW("the position advances to the oldest open lease only, whichever way the reader reads on") {
	for (const int way : {0, 1, 2, 3}) {
		Scene scene;
		scene.write(large('a'));
		scene.write(large('b'));
		scene.write("c");
		scene.write("d");
		const Leased oldest = scene.lessee.lease();
		const Leased second = scene.lessee.lease();
		REQUIRE(oldest.kind == Kind::kView && second.kind == Kind::kView);
		if (way == 0) {
			CHECK(scene.reader.read_all() == Texts({"c", "d"}));
		} else if (way == 1) {
			CHECK(scene.reader.read(1) == Texts{"c"});
			scene.reader.endpoint.commit(1);
		} else if (way == 2) {
			CHECK(scene.reader.read_all() == Texts({"c", "d"}));
			CHECK(!scene.reader.endpoint.begin_wait());
		} else {
			CHECK(scene.lessee.lease().kind == Kind::kCopy);
		}
		CHECK(scene.writer.endpoint.unread() == 4);
		second.lane->release(second.sequence);
		CHECK(scene.writer.endpoint.unread() == 4);
		CHECK(scene.lessee.text(oldest) == large('a'));
		oldest.lane->release(oldest.sequence);
		CHECK(scene.writer.endpoint.unread() == (way == 1 || way == 3 ? 1 : 0));
	}
}

LAW("the release of the oldest lease wakes a writer that waits for room, and no other release does") {
	Scene scene;
	const int count = scene.fill('x');
	std::vector<Leased> leases;
	for (int i = 0; i < count; ++i) {
		leases.push_back(scene.lessee.lease());
		REQUIRE(leases.back().kind == Kind::kView);
	}
	CHECK(!scene.writer.endpoint.want_space(large('x').size()));
	for (int i = count - 1; i > 0; --i) {
		leases[static_cast<size_t>(i)].lane->release(leases[static_cast<size_t>(i)].sequence);
		scene.company.settle();
		CHECK((scene.writer.wakes & kWakeSpace) == 0);
	}
	leases[0].lane->release(leases[0].sequence);
	scene.company.settle();
	CHECK((scene.writer.wakes & kWakeSpace) != 0);
	CHECK(scene.reader.endpoint.rings() == 1);
	CHECK(scene.fill('y') == count);
}

LAW("a message that is leased when its reader leaves or dies is the next reader's, with all after it") {
	for (const bool dies : {false, true}) {
		Scene scene;
		scene.write("first");
		scene.write(large('a'));
		scene.write("after");
		CHECK(scene.reader.read(1) == Texts{"first"});
		const Leased leased = scene.lessee.lease();
		REQUIRE(leased.kind == Kind::kView);
		CHECK(scene.reader.read_all() == Texts{"after"});
		scene.reader.endpoint.leave(!dies);
		TestReader& next = scene.company.reader();
		scene.company.settle();
		CHECK(next.read_all() == Texts({large('a'), "after"}));
		leased.lane->release(leased.sequence);
	}
}

LAW("the bytes of a lease stay when its writer leaves or dies, until the lease ends") {
	for (const bool dies : {false, true}) {
		Scene scene;
		scene.write(large('a'));
		scene.write(large('b'));
		const Leased one = scene.lessee.lease();
		REQUIRE(one.kind == Kind::kView);
		scene.writer.endpoint.leave(!dies);
		scene.company.settle();
		const Leased other = scene.lessee.lease(); // from a lane without a writer
		REQUIRE(other.kind == Kind::kView);
		CHECK(scene.lessee.lease().kind == Kind::kNothing);
		scene.company.settle();
		CHECK(scene.reader.log.departed(dies ? Event::Reason::kDied : Event::Reason::kClosed));
		one.lane->release(one.sequence);
		CHECK(scene.lessee.text(other) == large('b'));
		other.lane->release(other.sequence);
		CHECK(all_zero(other));
	}
}

LAW("the end of leases makes their bytes zeros, and their messages stay the next reader's") {
	Scene scene;
	scene.write(large('a'));
	scene.write("after");
	const Leased leased = scene.lessee.lease();
	REQUIRE(leased.kind == Kind::kView);
	leased.lane->end();
	CHECK(all_zero(leased));
	CHECK(scene.reader.read_all() == Texts{"after"});
	scene.reader.endpoint.commit(1);
	leased.lane->release(leased.sequence);
	scene.reader.endpoint.leave();
	TestReader& next = scene.company.reader();
	scene.company.settle();
	CHECK(next.read_all() == Texts({large('a'), "after"}));
}

LAW("a reader that ends keeps its leases: they count as delivered, and a writer that goes on does not change them") {
	Scene scene;
	scene.write(large('a'));
	const Leased leased = scene.lessee.lease();
	REQUIRE(leased.kind == Kind::kView);
	scene.reader.endpoint.keep_leases();
	scene.reader.endpoint.leave();
	TestReader& next = scene.company.reader();
	scene.company.settle();
	CHECK(scene.writer.endpoint.unread() == 0);
	for (int round = 0; round < 10; ++round) {
		CHECK(scene.fill('x') > 0);
		CHECK(next.read_all().size() > 0);
	}
	CHECK(scene.lessee.text(leased) == large('a'));
	leased.lane->release(leased.sequence);
}

LAW("a store into a lease reaches neither its writer, nor a later lease, nor a copy") {
	Scene scene;
	for (int round = 0; round < 20; ++round) {
		const int count = scene.fill('x');
		for (int i = 0; i < count; ++i) {
			if (round % 2 == 1 && i % 2 == 1) {
				CHECK(scene.reader.read(1) == Texts{large('x')});
				continue;
			}
			const Leased leased = scene.lessee.lease();
			REQUIRE(leased.kind == Kind::kView);
			CHECK(scene.lessee.text(leased) == large('x'));
			std::fill_n(leased.bytes, leased.length, std::byte{'!'});
			leased.lane->release(leased.sequence);
		}
	}
}

LAW("more leases than a reader may have are refused, and the message stays in the ring") {
	Company company;
	TestWriter& writer = company.writer(2 * kLeasesMax);
	TestReader& reader = company.reader();
	company.settle();
	Lessee lessee(reader);
	CHECK(writer.write_many("m", kLeasesMax + 1) == kLeasesMax + 1);
	std::vector<Leased> leases;
	for (size_t i = 0; i < kLeasesMax; ++i) {
		leases.push_back(lessee.lease(1));
		REQUIRE(leases.back().kind == Kind::kView);
	}
	CHECK(lessee.lease(1).kind == Kind::kTooMany && lessee.lease(1).kind == Kind::kTooMany);
	CHECK(reader.endpoint.available() == 1);
	leases[5].lane->release(leases[5].sequence);
	const Leased last = lessee.lease(1);
	CHECK(last.kind == Kind::kView && lessee.text(last) == "m" + std::to_string(kLeasesMax));
	CHECK(lessee.lease(1).kind == Kind::kNothing);
	last.lane->release(last.sequence);
}

LAW("where the writer is not held back a message is copied, whatever its length") {
	for (const bool lossy : {true, false}) {
		ReaderOptions options;
		options.lossy = lossy;
		Scene scene(options, lossy ? Overflow::kBlock : Overflow::kDropOldest);
		scene.write(large('a'));
		const Leased leased = scene.lessee.lease();
		CHECK(leased.kind == Kind::kCopy && scene.lessee.text(leased) == large('a'));
	}
}

LAW("a loss is reported before the message that follows it is taken") {
	Scene scene({}, Overflow::kDropOldest);
	scene.write("first");
	CHECK(scene.writer.write_many("m", 200) == 200);
	Leased leased = scene.lessee.lease();
	CHECK(leased.kind == Kind::kNothing && scene.reader.log.lost() > 0);
	leased = scene.lessee.lease();
	CHECK(leased.kind == Kind::kCopy && scene.lessee.text(leased)[0] == 'm');
	CHECK(scene.reader.log.lost() + scene.reader.read_all().size() + 1 == 201);
}

LAW("no message is taken while an event waits, and none is lost by that") {
	Scene scene;
	scene.write(large('a'));
	TestWriter& other = scene.company.writer();
	CHECK(other.write("other") == Written::kAccepted);
	// The second writer connects in a round of service whose event is not taken.
	while (!scene.reader.endpoint.has_events()) {
		(void)scene.reader.endpoint.service();
		other.serve();
	}
	std::vector<std::byte> slab(kMessageMax);
	CHECK(scene.reader.endpoint.read_lease(slab.data(), 0, slab.size(), kViewMin).kind == Kind::kNothing);
	CHECK(scene.reader.endpoint.has_events());
	scene.reader.take_events();
	int views = 0;
	int copies = 0;
	for (int i = 0; i < 4; ++i) {
		const Leased leased = scene.lessee.lease();
		views += leased.kind == Kind::kView ? 1 : 0;
		copies += leased.kind == Kind::kCopy ? 1 : 0;
		scene.company.settle();
	}
	CHECK(views == 1 && copies == 1);
}

LAW("a message that does not fit into the slab asks for room, and stays") {
	Scene scene;
	scene.write("twelve bytes");
	std::byte slab[8];
	Leased leased = scene.reader.endpoint.read_lease(slab, 0, sizeof slab, kViewMin);
	CHECK(leased.kind == Kind::kNothing && leased.needed == 12);
	leased = scene.lessee.lease();
	CHECK(leased.kind == Kind::kCopy && scene.lessee.text(leased) == "twelve bytes");
	scene.write("");
	leased = scene.lessee.lease();
	CHECK(leased.kind == Kind::kCopy && leased.length == 0);
	CHECK(scene.writer.endpoint.unread() == 0);
}

LAW("messages that are leased in the order of their send times are in that order") {
	ReaderOptions options;
	options.order_by_time = true;
	Scene scene(options);
	TestWriter& other = scene.company.writer();
	scene.company.settle();
	Texts written;
	for (int i = 0; i < 6; ++i) {
		written.push_back(large(static_cast<char>('a' + i), 2000));
		CHECK((i % 2 == 0 ? scene.writer : other).write(written.back()) == Written::kAccepted);
	}
	Texts leased;
	for (int i = 0; i < 6; ++i) {
		const Leased one = scene.lessee.lease();
		REQUIRE(one.kind == Kind::kView);
		leased.push_back(scene.lessee.text(one));
		one.lane->release(one.sequence);
	}
	CHECK(leased == written);
}

LAW("a writer that overwrites an unread message is cut off before that one is leased, and open leases can still end") {
	Company company;
	TestReader& reader = company.reader();
	FakeWriter hostile(company);
	Lessee lessee(reader);
	hostile.write(large('a'));
	hostile.write(large('b'));
	const Leased leased = lessee.lease();
	REQUIRE(leased.kind == Kind::kView && lessee.text(leased) == large('a'));
	hostile.control().intent += 2 * kCapacityMin;
	CHECK(lessee.lease().kind == Kind::kNothing);
	CHECK(reader.log.departed(Event::Reason::kCorrupt));
	CHECK(reader.log.last(Event::Type::kError)->status.message.find("promised to keep") != std::string::npos);
	company.settle();
	leased.lane->release(leased.sequence);
	CHECK(all_zero(leased));
	CHECK(company.writer().write(large('c')) == Written::kAccepted);
	company.settle();
	const Leased next = lessee.lease();
	REQUIRE(next.kind == Kind::kView && lessee.text(next) == large('c'));
	next.lane->release(next.sequence);
}

LAW("a reader that cuts off a living writer keeps the bytes of its leases, while the writer goes on with others") {
	ReaderOptions options;
	options.message_max = large('a').size();
	Scene scene(options);
	TestReader& other = scene.company.reader();
	scene.company.settle();
	scene.write(large('a'));
	const Leased leased = scene.lessee.lease();
	REQUIRE(leased.kind == Kind::kView);
	scene.write(large('b', options.message_max + 1));
	CHECK(scene.lessee.lease().kind == Kind::kNothing);
	CHECK(scene.reader.log.departed(Event::Reason::kCorrupt));
	scene.company.settle();
	for (int round = 0; round < 10; ++round) {
		while (!other.read().empty()) {
		}
		CHECK(scene.fill('c') > 0);
		CHECK(scene.lessee.text(leased) == large('a'));
	}
	leased.lane->release(leased.sequence);
}
