// Lies about a pool: its handshake, its memory, the descriptors of its messages and the pins.
#include "test/pool_company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;
using Type = Event::Type;

} // namespace

LAW("a reader that does not offer pools is refused with the name of the feature") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	PoolImpostor reader(scene.company);
	WireHello hello = reader.impostor.hello();
	hello.features_offered = 0;
	reader.impostor.say_hello(hello);
	Impostor::Answer answer;
	do {
		reader.impostor.receive(answer);
		if (answer.type == WireType::kHello) {
			CHECK(answer.hello.features_required == kFeaturePool && answer.hello.features_offered == kFeaturePool);
		}
	} while (answer.type == WireType::kHello);
	CHECK(answer.refusal.code == Code::kVersion && answer.refusal.message.find("'pool'") != std::string::npos);
	CHECK(writer.log.count(Type::kConnect) == 0);
}

LAW("a reader that says that it has mapped a pool before it has one is corrupt") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	PoolImpostor reader(scene.company);
	WireHello hello = reader.impostor.hello();
	reader.impostor.say_hello(hello);
	reader.impostor.send(WireType::kMapped);
	CHECK(reader.impostor.refused() == Code::kCorrupt);
	CHECK(writer.log.count(Type::kConnect) == 0);
}

LAW("a reader that says that it has mapped a pool that there is not, or says it twice, is corrupt") {
	for (const bool has_pool : {true, false}) {
		PoolCompany scene;
		TestWriter& writer = has_pool ? scene.writer() : scene.company.writer();
		PoolImpostor reader(scene.company);
		if (has_pool) {
			reader.reach_pool();
			reader.impostor.send(WireType::kMapped);
		} else {
			reader.impostor.say_hello(reader.impostor.hello());
		}
		reader.impostor.send(WireType::kMapped);
		CHECK(reader.impostor.refused() == Code::kCorrupt);
		CHECK(writer.log.count(Type::kConnect) == 0);
	}
}

LAW("a reader that sends another cursor instead of the answer to a pool is corrupt") {
	PoolCompany scene;
	TestWriter& writer = scene.writer();
	PoolImpostor reader(scene.company);
	reader.reach_pool();
	reader.impostor.send(WireType::kCursor);
	CHECK(reader.impostor.refused() == Code::kCorrupt);
	CHECK(writer.log.count(Type::kConnect) == 0);
}

LAW("a pinned message stays until its reader clears the pin or is gone") {
	for (const bool dies : {true, false}) {
		PoolCompany scene(Overflow::kDropOldest);
		TestWriter& writer = scene.writer();
		PoolImpostor reader(scene.company);
		reader.link();
		scene.company.settle();
		CHECK(put({&writer}, "p", 2 * kLargeChunk) == Written::kAccepted);
		reader.pin(479) = 1;
		CHECK(put({&writer}, "q", 2 * kLargeChunk) == Written::kAccepted);
		CHECK(put({&writer}, "r", 2 * kLargeChunk) == Written::kAccepted); // in the place of q
		const std::byte* pinned = scene.pool->chunks().memory(0);
		CHECK(*pinned == std::byte{'p'});
		if (dies) {
			reader.impostor.socket.close();
			scene.company.settle();
		} else {
			reader.pin(479) = 0;
		}
		CHECK(put({&writer}, "s", 2 * kLargeChunk) == Written::kAccepted);
		CHECK(put({&writer}, "t", 2 * kLargeChunk) == Written::kAccepted);
		CHECK(*pinned != std::byte{'p'});
	}
}

LAW("a reader that pins what it cannot have is corrupt, and the others are not") {
	for (const uint64_t lie : {uint64_t{100}, UINT64_MAX}) {
		PoolCompany scene(Overflow::kDropOldest);
		TestWriter& writer = scene.writer();
		TestReader& honest = scene.company.reader();
		PoolImpostor reader(scene.company);
		reader.link();
		scene.company.settle();
		reader.pin(3) = lie;
		for (int i = 0; i < 3; ++i) {
			CHECK(put({&writer}, "x", 2 * kLargeChunk) == Written::kAccepted);
		}
		scene.company.settle();
		CHECK(reader.impostor.refused() == Code::kCorrupt);
		CHECK(writer.log.departed(Event::Reason::kCorrupt));
		CHECK(!honest.read_all().empty());
	}
}

LAW("a writer that hands over a bad pool, none, two, or one that it did not announce, is corrupt") {
	enum Lie : int { kNone, kTwice, kUnannounced, kNoHeader, kOtherSize, kNoHandle };
	for (const int lie : {kNone, kTwice, kUnannounced, kNoHeader, kOtherSize, kNoHandle}) {
		Company company;
		TestReader& reader = company.reader();
		LyingPoolWriter writer(company);
		writer.header().magic = lie == kNoHeader ? 0 : kPoolMagic;
		writer.header().bytes = lie == kOtherSize ? 2 * kFourChunks.bytes : kFourChunks.bytes;
		writer.greet(lie == kUnannounced ? 0 : kFeaturePool);
		if (lie == kNone) {
			writer.impostor.hand_over(writer.lane_memory.share());
		} else {
			writer.hand_over_pool(lie != kNoHandle);
		}
		if (lie == kTwice) {
			writer.hand_over_pool(true);
		}
		CHECK(writer.impostor.refused() == Code::kCorrupt);
		CHECK(reader.log.count(Type::kConnect) == 0);
	}
}

LAW("a lying descriptor of a message in a pool ends that link as corrupt, after the messages before it") {
	for (const uint64_t offset : {uint64_t{0}, kChunksOffset, kFourChunks.bytes - kPoolUnitBytes}) {
		Company company;
		TestReader& reader = company.reader();
		LyingPoolWriter writer(company);
		writer.link();
		CHECK(reader.log.count(Type::kConnect) == 1);
		const bool is_lie = offset != kChunksOffset;
		writer.lane.put(reinterpret_cast<const std::byte*>("fine"), 4, 1);
		writer.lane.put_in_pool(kChunksOffset, 4, 2);
		writer.descriptor(1).flags = pool_flags(offset);
		writer.descriptor(1).length = is_lie ? kPoolUnitBytes + 1 : 4;
		writer.lane.publish();
		Texts texts = reader.read_all();
		CHECK(texts.size() == (is_lie ? 1 : 2) && texts[0] == "fine");
		CHECK(reader.read_all().empty() && reader.log.departed(Event::Reason::kCorrupt) == is_lie);
	}
}
