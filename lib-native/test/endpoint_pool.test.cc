// A writer whose messages are in a pool: the handshake, reading by copies, and several writers on one pool.
#include "test/pool_company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;
using Type = Event::Type;

} // namespace

LAW("messages in a pool and in the lane come in order, whichever side was there first, under every policy") {
	for (const Overflow overflow :
	     {Overflow::kBlock, Overflow::kDropNewest, Overflow::kDropOldest, Overflow::kLatest}) {
		for (const bool writer_first : {true, false}) {
			PoolCompany scene(overflow);
			TestReader* reader = writer_first ? nullptr : &scene.company.reader();
			TestWriter& writer = scene.writer();
			REQUIRE(writer.opened.ok());
			reader = writer_first ? &scene.company.reader() : reader;
			scene.company.settle();
			CHECK(reader->log.count(Type::kConnect) == 1 && writer.log.count(Type::kConnect) == 1);
			CHECK(put(writer, "one") == Written::kAccepted);
			if (overflow == Overflow::kLatest) {
				CHECK(reader->read_all() == Texts{"one"});
			}
			CHECK(writer.write("two") == Written::kAccepted);
			if (overflow == Overflow::kLatest) {
				CHECK(reader->read_all() == Texts{"two"});
			}
			CHECK(put(writer, "three") == Written::kAccepted);
			CHECK(reader->read_all() ==
			      (overflow == Overflow::kLatest ? Texts{"three"} : Texts({"one", "two", "three"})));
		}
	}
}

LAW("messages of a pool that were published before a reader came are there for it") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	CHECK(put(writer, "early") == Written::kAccepted);
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(reader.read_all() == Texts{"early"});
}

LAW("a message of a pool may be longer than the lane") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(put({&writer}, "a long one", kLargeChunk) == Written::kAccepted);
	const Texts texts = reader.read_all();
	REQUIRE(texts.size() == 1 && texts[0].size() == kLargeChunk);
	CHECK(texts[0].starts_with("a long onea long one"));
	CHECK(reader.read_all().empty());
	for (int i = 0; i < 4; ++i) {
		CHECK(scene.pool->chunks().allocate(kLargeChunk));
	}
}

LAW("a chunk comes back when the readers that hold back have read its message, and never before") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	TestReader& slow = scene.company.reader();
	scene.company.settle();
	CHECK(put({&writer}, "x", 2 * kLargeChunk) == Written::kAccepted &&
	      put({&writer}, "y", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(put(writer, "z") == Written::kNoMemory);
	(void)reader.read_all();
	(void)reader.read_all(); // the batch before counts as delivered
	CHECK(put(writer, "z") == Written::kNoMemory);
	scene.company.dismiss(slow);
	scene.company.settle();
	CHECK(put({&writer}, "z", 2 * kLargeChunk) == Written::kAccepted);
}

LAW("without readers that hold back the oldest messages of a pool make room, and are counted as lost") {
	PoolCompany scene(Overflow::kDropOldest);
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	for (int i = 0; i < 10; ++i) {
		CHECK(put({&writer}, std::to_string(i), kLargeChunk) == Written::kAccepted);
	}
	uint64_t read = 0;
	for (Texts texts = reader.read(1); !texts.empty(); texts = reader.read(1)) {
		CHECK(texts[0].size() == kLargeChunk);
		read += 1;
	}
	CHECK(read >= 2 && read + reader.log.lost() == 10);
}

LAW("a kept descriptor is there for its message, whatever else is written") {
	PoolCompany scene(Overflow::kBlock, 4);
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	const std::optional<uint32_t> chunk = scene.pool->chunks().allocate(4);
	REQUIRE(chunk);
	std::memcpy(scene.pool->chunks().memory(*chunk), "kept", 4);
	CHECK(writer.endpoint.keep_descriptor() == Written::kAccepted);
	CHECK(writer.write_many("a", 4) == 3);
	CHECK(writer.endpoint.keep_descriptor() == Written::kFull && writer.endpoint.room() == 0);
	CHECK(writer.endpoint.put_from_pool(*chunk, 4) == Written::kAccepted);
	scene.pool->chunks().release(*chunk);
	CHECK(writer.write("b") == Written::kFull);
	CHECK(reader.read_all() == Texts({"a0", "a1", "a2", "kept"}));
	CHECK(writer.endpoint.keep_descriptor() == Written::kAccepted);
	writer.endpoint.give_back_descriptor();
	CHECK(writer.write_many("c", 5) == 4);
}

LAW("a writer that waits for room is woken when a kept descriptor is given back") {
	PoolCompany scene(Overflow::kBlock, 2);
	TestWriter& writer = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(writer.endpoint.keep_descriptor() == Written::kAccepted);
	CHECK(writer.endpoint.keep_descriptor() == Written::kAccepted);
	CHECK(writer.write("a") == Written::kFull);
	CHECK(!writer.endpoint.want_space(1));
	writer.endpoint.give_back_descriptor();
	scene.company.settle();
	CHECK((writer.wakes & kWakeSpace) != 0);
	CHECK(writer.write("a") == Written::kAccepted && reader.read_all() == Texts{"a"});
}

LAW("one message on the lanes of two writers of a pool is read by the readers of both, and its chunk comes back after "
    "both") {
	PoolCompany scene;
	Company other;
	TestWriter& writer = scene.writer();
	TestWriter& second = other.writer_with(scene.pool, 16);
	TestReader& reader = scene.company.reader();
	TestReader& second_reader = other.reader();
	scene.company.settle();
	other.settle();
	CHECK(put({&writer, &second}, "ab", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(put({&writer}, "only one", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(reader.read_all().size() == 2 && reader.read_all().empty());
	CHECK(put({&writer}, "c", 2 * kLargeChunk) == Written::kAccepted);
	CHECK(put({&writer}, "d", 2 * kLargeChunk) == Written::kNoMemory);
	CHECK(second_reader.read_all().size() == 1 && second_reader.read_all().empty());
	CHECK(put({&writer}, "d", 2 * kLargeChunk) == Written::kAccepted);
}

LAW("writers of different groups may not use one pool") {
	PoolCompany scene;
	CHECK(scene.writer().opened.ok());
	Contract contract = scene.company.contract;
	contract.group = 12345;
	WriterEndpoint writer(contract, {kCapacityMin, kCapacityMin / 2, 16});
	CHECK(writer.use_pool(scene.pool).code == Code::kMismatch);
	CHECK(writer.pool() == nullptr);
}

LAW("messages of a writer that has left stay readable, and its pool goes on without their chunks") {
	PoolCompany scene(Overflow::kDropOldest);
	TestWriter& leaves = scene.writer();
	TestWriter& stays = scene.writer();
	TestReader& reader = scene.company.reader();
	scene.company.settle();
	CHECK(put({&leaves}, "left behind", kLargeChunk) == Written::kAccepted);
	leaves.endpoint.leave();
	for (int i = 0; i < 10; ++i) {
		CHECK(put({&stays}, "goes on", kLargeChunk) == Written::kAccepted);
	}
	scene.company.settle();
	bool found = false;
	for (Texts texts = reader.read(1); !texts.empty(); texts = reader.read(1)) {
		found = found || texts[0].starts_with("left behindleft behind");
	}
	CHECK(found);
}

LAW("a message of the pool is put before one that is made in the lane meanwhile, and both are whole") {
	for (const bool aborts : {true, false}) {
		PoolCompany scene(Overflow::kBlock, 4);
		TestWriter& writer = scene.writer();
		ReaderOptions lossy;
		lossy.lossy = true;
		TestReader& reader = scene.company.reader();
		TestReader& other = scene.company.reader(lossy);
		scene.company.settle();
		for (int round = 0; round < 8; ++round) {
			const std::optional<uint32_t> chunk = scene.pool->chunks().allocate(4);
			REQUIRE(chunk);
			std::memcpy(scene.pool->chunks().memory(*chunk), "pool", 4);
			CHECK(writer.endpoint.keep_descriptor() == Written::kAccepted);
			CHECK(writer.endpoint.try_loan(4, true) == Written::kAccepted);
			std::memcpy(writer.endpoint.loan_memory(), "lane", 4);
			CHECK(writer.endpoint.put_from_pool(*chunk, 4) == Written::kAccepted);
			scene.pool->release(*chunk);
			CHECK(other.read_all() ==
			      Texts{"pool"}); // the descriptor behind it is not that of an older message any more
			if (aborts) {
				writer.endpoint.abort_loan();
				CHECK(writer.write("next") == Written::kAccepted);
			} else {
				CHECK(writer.endpoint.commit_loan(4, nullptr) == Written::kAccepted);
			}
			const Texts expected = {"pool", aborts ? "next" : "lane"};
			CHECK(reader.read_all() == expected && other.read_all() == Texts{expected[1]});
		}
	}
}

LAW("a message makes room when its loan was the reason that retiring others was in vain") {
	PoolCompany scene(Overflow::kDropOldest);
	TestWriter& writer = scene.writer();
	PoolWriter& chunks = scene.pool->chunks();
	std::vector<uint32_t> loans;
	for (int i = 0; i < 4; ++i) {
		const std::optional<uint32_t> loan = chunks.allocate(kLargeChunk);
		REQUIRE(loan);
		loans.push_back(*loan);
	}
	const auto commit = [&](size_t i) {
		CHECK(writer.endpoint.keep_descriptor() == Written::kAccepted);
		CHECK(writer.endpoint.put_from_pool(loans[i], kLargeChunk) == Written::kAccepted);
		scene.pool->release(loans[i]);
	};
	commit(0);
	commit(2);
	CHECK(!chunks.allocate(2 * kLargeChunk)); // two pieces
	commit(1);
	CHECK(chunks.allocate(2 * kLargeChunk));
}
