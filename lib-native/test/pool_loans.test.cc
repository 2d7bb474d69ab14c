// Loans in a pool, as its writers and their readers see them.
#include "channel/writer/pool_loans.h"

#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

constexpr uint64_t kLarge = uint64_t{128} << 10; // more than the lane
constexpr uint32_t kDepth = 4;

struct Scene {
	explicit Scene(Overflow overflow = Overflow::kBlock) : company(overflow) {
		CHECK(pool->create({kChunksOffset + 4 * kLarge, 2 * kLarge}).ok());
	}
	// Filled with this byte. 0: there is no room.
	uint32_t lend(TestWriter& writer, char byte, uint64_t length = kLarge) {
		uint32_t loan = 0;
		if (loans.open(writer.endpoint, length, loan) != Written::kAccepted) {
			return 0;
		}
		for (uint64_t i = 0; i < length; ++i) {
			loans.memory(loan)[i] = static_cast<std::byte>(byte);
		}
		return loan;
	}
	TestWriter& writer() { return company.writer_with(pool, kDepth); }

	Company company;
	std::shared_ptr<SharedPool> pool = std::make_shared<SharedPool>();
	PoolLoans loans{pool};
};

std::string text(char byte) {
	return std::string(kLarge, byte);
}

} // namespace

LAW("loans are published in the order of their commits, and not those that are aborted") {
	Scene scene;
	TestReader& reader = scene.company.reader();
	TestWriter& writer = scene.writer();
	scene.company.settle();
	const uint32_t a = scene.lend(writer, 'a');
	const uint32_t b = scene.lend(writer, 'b');
	const uint32_t c = scene.lend(writer, 'c');
	CHECK(scene.loans.commit(c, kLarge) == Written::kAccepted);
	scene.loans.abort(a);
	CHECK(scene.loans.commit(b, kLarge) == Written::kAccepted);
	scene.company.settle();
	CHECK(reader.read_all() == Texts({text('c'), text('b')}));
	CHECK(scene.loans.count() == 0);
}

LAW("open loans keep their descriptors: other messages find the lane full, and the commits do not") {
	Scene scene;
	TestWriter& writer = scene.writer();
	const uint32_t first = scene.lend(writer, 'a', 1);
	const uint32_t second = scene.lend(writer, 'b', 1);
	CHECK(writer.write_many("x", 3) == 2);
	CHECK(scene.lend(writer, 'c', 1) == 0);
	CHECK(scene.loans.commit(second, 1) == Written::kAccepted);
	CHECK(scene.loans.commit(first, 1) == Written::kAccepted);
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(reader.read_all() == Texts({"x0", "x1", "b", "a"}));
}

LAW("a loan that is shared with writers is published on those that are open, and ends with the one that opened it") {
	Scene scene;
	TestReader& reader = scene.company.reader();
	TestWriter& first = scene.writer();
	TestWriter& second = scene.writer();
	TestWriter& third = scene.writer();
	scene.company.settle();
	const uint32_t loan = scene.lend(first, 'a');
	CHECK(scene.loans.share(loan, second.endpoint) == Written::kAccepted);
	CHECK(scene.loans.share(loan, second.endpoint) == Written::kAccepted);
	CHECK(scene.loans.share(loan, third.endpoint) == Written::kAccepted);
	scene.loans.stop_sharing(third.endpoint);
	CHECK(scene.loans.commit(loan, kLarge) == Written::kAccepted);
	scene.company.settle();
	CHECK(reader.read_all() == Texts({text('a'), text('a')}));
	const uint32_t next = scene.lend(second, 'b');
	CHECK(scene.loans.is_of(next, second.endpoint) && !scene.loans.is_of(next, first.endpoint));
	CHECK(scene.loans.loans_of(second.endpoint) == std::vector<uint32_t>({next}));
	second.endpoint.end();
	CHECK(scene.loans.commit(next, kLarge) == Written::kClosed);
	CHECK(scene.loans.count() == 0);
}

LAW("a withdrawn loan keeps its chunk and no descriptor, until it is aborted") {
	Scene scene;
	TestWriter& writer = scene.writer();
	const uint64_t before = scene.pool->chunks().free_bytes();
	const uint32_t loan = scene.lend(writer, 'a');
	scene.loans.withdraw(loan);
	CHECK(!scene.loans.is_of(loan, writer.endpoint));
	CHECK(scene.loans.share(loan, writer.endpoint) == Written::kClosed);
	CHECK(writer.write_many("x", kDepth) == kDepth);
	CHECK(scene.pool->chunks().free_bytes() == before - kLarge);
	scene.loans.abort(loan);
	CHECK(scene.pool->chunks().free_bytes() == before);
}

LAW("the end of a loan wakes a writer that waits for room") {
	for (const bool committed : {false, true}) {
		Scene scene;
		TestWriter& writer = scene.writer();
		TestWriter& other = scene.writer();
		const uint32_t held = scene.lend(writer, 'a', 2 * kLarge);
		const uint32_t more = scene.lend(writer, 'b', 2 * kLarge);
		CHECK(held != 0 && more != 0);
		CHECK(!other.endpoint.want_loan(kLarge));
		scene.company.settle();
		if (committed) {
			CHECK(scene.loans.commit(held, 1) == Written::kAccepted);
		} else {
			scene.loans.abort(held);
		}
		CHECK((other.endpoint.service() & kWakeRoom) != 0);
		CHECK(scene.lend(other, 'c') != 0);
	}
}

LAW("a loan that finds no room in one piece costs the lanes that hold nothing back their messages once, and not again "
    "and again") {
	Scene scene(Overflow::kDropOldest);
	TestReader& reader = scene.company.reader();
	TestWriter& writer = scene.writer();
	TestWriter& other = scene.writer();
	scene.company.settle();
	uint32_t loans[4];
	for (uint32_t& loan : loans) {
		loan = scene.lend(writer, 'a');
	}
	CHECK(scene.loans.commit(loans[0], kLarge) == Written::kAccepted);
	CHECK(scene.loans.commit(loans[2], kLarge) == Written::kAccepted);
	CHECK(!other.endpoint.want_loan(2 * kLarge)); // the open loans divide the pool
	const uint32_t next = scene.lend(writer, 'b');
	CHECK(scene.loans.commit(next, kLarge) == Written::kAccepted);
	CHECK((other.endpoint.service() & kWakeRoom) == 0);
	scene.company.settle();
	CHECK(reader.read_all() == Texts({text('b')}));
	CHECK(reader.log.lost() == 2);
	scene.loans.abort(loans[1]);
	CHECK((other.endpoint.service() & kWakeRoom) != 0);
}

LAW("a writer that leaves gives back what every reader has read, also where nothing holds it back, and what it leaves "
    "is whole") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest, Overflow::kLatest}) {
		Scene scene(overflow);
		const uint64_t all = scene.pool->chunks().free_bytes();
		TestReader& reader = scene.company.reader();
		ReaderOptions lossy;
		lossy.lossy = true;
		TestReader& behind = scene.company.reader(lossy);
		TestWriter& writer = scene.writer();
		TestWriter& goes_on = scene.writer();
		scene.company.settle();
		for (const char byte : {'a', 'b'}) {
			CHECK(scene.loans.commit(scene.lend(writer, byte), kLarge) == Written::kAccepted);
		}
		scene.company.settle();
		(void)reader.read_all();
		(void)reader.endpoint.begin_wait(); // the last batch counts as delivered
		writer.endpoint.leave();
		uint32_t filled = scene.lend(goes_on, 'x', 2 * kLarge); // all the room that there is
		CHECK(filled != 0);
		CHECK(behind.read_all() ==
		      (overflow == Overflow::kLatest ? Texts({text('b')}) : Texts({text('a'), text('b')})));
		scene.loans.abort(filled);
		CHECK(scene.pool->chunks().free_bytes() == all - 2 * kLarge); // unread when the writer left
	}
	Scene scene(Overflow::kDropOldest);
	const uint64_t all = scene.pool->chunks().free_bytes();
	TestReader& reader = scene.company.reader();
	TestWriter& writer = scene.writer();
	scene.company.settle();
	CHECK(scene.loans.commit(scene.lend(writer, 'a'), kLarge) == Written::kAccepted);
	CHECK(reader.read_all() == Texts({text('a')}));
	(void)reader.endpoint.begin_wait();
	writer.endpoint.leave();
	CHECK(scene.pool->chunks().free_bytes() == all);
}

LAW("a shutdown in the middle of a handshake leaves the messages in the pool whole, also if another writer goes on") {
	for (int rounds = 0; rounds < 5; ++rounds) {
		Scene scene;
		TestWriter& writer = scene.writer();
		CHECK(scene.loans.commit(scene.lend(writer, 'a', 2 * kLarge), 2 * kLarge) == Written::kAccepted);
		Company elsewhere;
		TestWriter& other = elsewhere.writer_with(scene.pool, kDepth);
		TestReader& reader = scene.company.reader();
		for (int i = 0; i < rounds; ++i) {
			writer.serve();
			reader.serve();
		}
		writer.endpoint.shutdown();
		writer.endpoint.leave();
		for (uint32_t loan = scene.lend(other, 'x'); loan != 0; loan = scene.lend(other, 'x')) {
		}
		scene.company.settle();
		const Texts read = reader.read_all();
		CHECK(read.empty() || read == Texts({std::string(2 * kLarge, 'a')}));
		CHECK(reader.log.count(Event::Type::kError) == 0);
	}
}
