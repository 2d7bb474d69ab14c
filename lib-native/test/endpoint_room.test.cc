// Waits for room in a pool.
#include "test/pool_company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

} // namespace

LAW("a writer that waits for room in its pool is woken by the position of a reader, once, and not before") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(writer.endpoint.want_room(2 * kLargeChunk));
	CHECK(put({&writer}, "a", 2 * kLargeChunk) == Written::kAccepted &&
	      put({&writer}, "b", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(!writer.endpoint.want_room(2 * kLargeChunk));
	scene.company.settle();
	CHECK((writer.wakes & kWakeRoom) == 0);
	CHECK(reader.read(1).size() == 1);
	scene.company.settle();
	CHECK((writer.wakes & kWakeRoom) == 0);
	CHECK(reader.read(1).size() == 1); // the one before is done with
	scene.company.settle();
	CHECK((writer.wakes & kWakeRoom) != 0);
	writer.wakes = kWakeNone;
	CHECK(put({&writer}, "c", 2 * kLargeChunk) == Written::kAccepted);
	(void)reader.read_all();
	scene.company.settle();
	CHECK(writer.wakes == kWakeNone);
}

LAW("waits for room in the pool and in the lane follow each other, and each is woken") {
	PoolCompany scene(Overflow::kBlock, 4);
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	for (int round = 0; round < 4; ++round) {
		CHECK(put({&writer}, "a", 2 * kLargeChunk) == Written::kAccepted &&
		      put({&writer}, "b", 2 * kLargeChunk) == Written::kAccepted);
		CHECK(!writer.endpoint.want_room(1));
		if (round % 2 == 1) {
			writer.endpoint.cancel_room();
		}
		(void)reader.read_all();
		scene.company.settle();
		CHECK(((writer.wakes & kWakeRoom) != 0) == (round % 2 == 0));
		writer.wakes = kWakeNone;
		CHECK(writer.write_many("c", 5) == 4);
		CHECK(!writer.endpoint.want_space(1));
		CHECK(reader.read_all().size() == 4);
		scene.company.settle();
		CHECK((writer.wakes & kWakeSpace) != 0);
		writer.wakes = kWakeNone;
	}
}

LAW("a writer that waits for room in its pool is woken when a reader unpins or goes, of any lane of the pool") {
	for (const bool same_lane : {true, false}) {
		for (const bool goes : {true, false}) {
			PoolCompany scene(Overflow::kDropOldest);
			TestWriter& other = scene.writer();
			PoolImpostor reader(scene.company); // of the only writer
			reader.link();
			TestWriter& waits = same_lane ? other : scene.writer();
			scene.company.settle();
			CHECK(put({&other}, "p", 2 * kLargeChunk) == Written::kAccepted &&
			      put({&other}, "q", 2 * kLargeChunk) == Written::kAccepted);
			reader.pin(0) = 1;
			reader.pin(1) = 2;
			CHECK(!waits.endpoint.want_room(kLargeChunk));
			scene.company.settle();
			CHECK((waits.wakes & kWakeRoom) == 0);
			if (goes) {
				reader.impostor.socket.close();
			} else {
				reader.pin(1) = 0;
				reader.impostor.send(WireType::kRing);
			}
			scene.company.settle();
			CHECK((waits.wakes & kWakeRoom) != 0);
			CHECK(put({&waits}, "r", kLargeChunk) == Written::kAccepted);
		}
	}
}

LAW("two writers wait for room in one pool, each for its own message, and one that ends or cancels waits no longer") {
	PoolCompany scene;
	TestWriter& one = scene.writer();
	TestWriter& other = scene.writer();
	TestWriter& ends = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(put({&one}, "a", kLargeChunk) == Written::kAccepted &&
	      put({&one}, "b", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(put({&one}, "c", kLargeChunk) == Written::kAccepted);
	CHECK(!one.endpoint.want_room(2 * kLargeChunk) && !other.endpoint.want_room(kLargeChunk) &&
	      !ends.endpoint.want_room(1));
	ends.endpoint.end();
	CHECK(ends.endpoint.want_room(1));
	(void)reader.read(1);
	(void)reader.read(1); // the first is done with
	scene.company.settle();
	CHECK((other.wakes & kWakeRoom) != 0 && (one.wakes & kWakeRoom) == 0);
	one.endpoint.cancel_room();
	(void)reader.read_all();
	scene.company.settle();
	CHECK((one.wakes & kWakeRoom) == 0);
	CHECK(one.endpoint.want_room(2 * kLargeChunk));
}

LAW("a writer that waits for room is woken when a loan of its thread is given back or shrunk") {
	for (const bool shrinks : {true, false}) {
		PoolCompany scene;
		TestWriter& writer = scene.writer();
		const std::optional<uint32_t> first = scene.pool->chunks().allocate(2 * kLargeChunk);
		const std::optional<uint32_t> second = scene.pool->chunks().allocate(2 * kLargeChunk);
		REQUIRE(first && second);
		CHECK(!writer.endpoint.want_room(kLargeChunk));
		scene.company.settle();
		CHECK(writer.wakes == kWakeNone);
		shrinks ? scene.pool->shrink(*first, 1) : scene.pool->release(*second);
		scene.company.settle();
		CHECK(writer.wakes == kWakeRoom);
		CHECK(put({&writer}, "a", kLargeChunk) == Written::kAccepted);
	}
}

LAW("a writer that waits for room is woken by the reader of a message that was put after it began to wait") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		for (const bool same_lane : {true, false}) {
			PoolCompany scene(overflow);
			TestWriter& other = scene.writer();
			TestWriter& waits = same_lane ? other : scene.writer();
			TestReader& reader = scene.company.reader();
			scene.company.settle();
			CHECK(put({&other}, "a", 2 * kLargeChunk) == Written::kAccepted);
			const std::optional<uint32_t> loan = scene.pool->chunks().allocate(2 * kLargeChunk);
			REQUIRE(loan && other.endpoint.keep_descriptor() == Written::kAccepted);
			CHECK(reader.read_all().size() == 1 && reader.read_all().empty());
			const std::optional<uint32_t> again = scene.pool->chunks().allocate(2 * kLargeChunk);
			REQUIRE(again);
			CHECK(!waits.endpoint.want_room(kLargeChunk)); // no message is in the pool
			scene.company.settle();
			CHECK((waits.wakes & kWakeRoom) == 0);
			CHECK(other.endpoint.put_from_pool(*loan, 2 * kLargeChunk) == Written::kAccepted);
			scene.pool->release(*loan);
			scene.company.settle();
			CHECK(((waits.wakes & kWakeRoom) != 0) == (overflow == Overflow::kDropOldest));
			CHECK(reader.read_all().size() == (overflow == Overflow::kBlock ? 1 : 0) && reader.read_all().empty());
			scene.company.settle();
			CHECK((waits.wakes & kWakeRoom) != 0);
		}
	}
}

LAW("a writer of latest values that waits for room is woken when a newer value takes the place of the last one") {
	for (const bool in_batch : {true, false}) {
		PoolCompany scene(Overflow::kLatest);
		TestWriter& writer = scene.writer();
		CHECK(put({&writer}, "a", 2 * kLargeChunk) == Written::kAccepted);
		const std::optional<uint32_t> loan = scene.pool->chunks().allocate(2 * kLargeChunk);
		REQUIRE(loan);
		CHECK(!writer.endpoint.want_room(kLargeChunk));
		scene.company.settle();
		CHECK(writer.wakes == kWakeNone);
		const std::byte byte{};
		const uint32_t end = 1;
		CHECK(in_batch ? writer.endpoint.try_write_batch(&byte, &end, 1).accepted == 1
		               : writer.write("b") == Written::kAccepted);
		scene.company.settle();
		CHECK(writer.wakes == kWakeRoom);
	}
}

LAW("a call that blocks until there is room in the lane leaves the wake for room in the pool to the next round") {
	PoolCompany scene(Overflow::kBlock, 2);
	TestWriter& writer = scene.writer();
	const std::optional<uint32_t> loan = scene.pool->chunks().allocate(2 * kLargeChunk);
	REQUIRE(loan && scene.pool->chunks().allocate(2 * kLargeChunk));
	CHECK(!writer.endpoint.want_room(kLargeChunk));
	CHECK(writer.write_many("a", 2) == 2);
	scene.pool->release(*loan);
	CHECK(!writer.endpoint.wait_space(1, monotonic_nanos() + 1'000'000));
	scene.company.settle();
	CHECK(writer.wakes == kWakeRoom);
}

LAW("a reader that joins while a writer waits for room rings for it, too") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	fill(writer);
	CHECK(!writer.endpoint.want_room(2 * kLargeChunk));
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK((writer.wakes & kWakeRoom) == 0);
	CHECK(reader.read(1).size() == 1 && reader.read(1).size() == 1);
	scene.company.settle();
	CHECK((writer.wakes & kWakeRoom) != 0);
}

LAW("a reader whose lie is found out while its writer begins to wait for room leaves its room to that writer") {
	for (const bool same_lane : {true, false}) {
		for (const bool lies_in_pin : {true, false}) {
			PoolCompany scene;
			TestWriter& other = scene.writer();
			PoolImpostor reader(scene.company); // of the only writer
			reader.link();
			TestWriter& waits = same_lane ? other : scene.writer();
			scene.company.settle();
			fill(other);
			reader.cursor->advance(2);
			reader.pin(0) = 1;
			reader.pin(1) = 2;
			CHECK(!waits.endpoint.want_room(kLargeChunk));
			waits.endpoint.cancel_room();
			if (lies_in_pin) {
				reader.pin(479) = 3;
			} else {
				reader.cursor->advance(3);
			}
			if (!waits.endpoint.want_room(kLargeChunk)) {
				scene.company.settle();
				CHECK((waits.wakes & kWakeRoom) != 0);
			}
			CHECK(reader.impostor.refused() == Code::kCorrupt);
			CHECK(put({&waits}, "r", kLargeChunk) == Written::kAccepted);
		}
	}
}

LAW("a writer that leaves gives back what its readers have read, and wakes the writers that wait for it") {
	PoolCompany scene;
	TestWriter& leaves = scene.writer();
	TestWriter& waits = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(put({&leaves}, "read", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(put({&leaves}, "unread", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(!waits.endpoint.want_room(kLargeChunk) && !leaves.endpoint.want_room(kLargeChunk));
	CHECK(reader.read(1).size() == 1);
	CHECK(reader.read(1).size() == 1); // the first is done with
	leaves.endpoint.leave();
	scene.company.settle();
	CHECK((waits.wakes & kWakeRoom) != 0);
	CHECK(put({&waits}, "a", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(put({&waits}, "b", kLargeChunk) == Written::kNoMemory); // the reader may not have read it
	reader.endpoint.commit(1);
	CHECK(put({&waits}, "b", kLargeChunk) == Written::kNoMemory);
}

LAW("a writer that leaves without readers gives all its chunks back") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest, Overflow::kLatest}) {
		PoolCompany scene(overflow);
		TestWriter& writer = scene.writer();
		TestWriter& waits = scene.writer();
		fill(writer);
		// The newest value is never retired.
		const std::optional<uint32_t> loan =
			overflow == Overflow::kLatest ? scene.pool->chunks().allocate(2 * kLargeChunk) : std::nullopt;
		const bool has_room = waits.endpoint.want_room(2 * kLargeChunk);
		CHECK(has_room == (overflow == Overflow::kDropOldest));
		writer.endpoint.leave();
		scene.company.settle();
		CHECK(((waits.wakes & kWakeRoom) != 0) == !has_room);
		if (loan) {
			scene.pool->release(*loan);
		}
		CHECK(scene.pool->chunks().free_bytes() == 4 * kLargeChunk);
	}
}
