// Headers, descriptors and pins of a pool that a hostile process stores.
#include "test/pool_scene.h"

using namespace ringwire;

namespace {

using Kind = PoolHost::Kind;

} // namespace

LAW("a pool is refused that has another layout or size") {
	TestPool pool;
	PoolGeometry found;
	CHECK(PoolReader::inspect(pool.memory.bytes(), kTestPool.bytes, found));
	CHECK(found.bytes == kTestPool.bytes && found.message_max == kTestPool.message_max);
	CHECK(!PoolReader::inspect(pool.memory.bytes(), kTestPool.bytes - 4096, found));
	CHECK(!PoolReader::inspect(pool.memory.bytes(), 128, found));
	PoolHeader& header = pool.memory.control().header;
	const auto refused_with = [&](auto& word, auto value) {
		const auto before = word;
		word = value;
		CHECK(!PoolReader::inspect(pool.memory.bytes(), kTestPool.bytes, found));
		word = before;
	};
	refused_with(header.magic, kLaneMagic);
	refused_with(header.version, kLayoutVersion + 1);
	refused_with(header.bytes, kTestPool.bytes + 4096);
	refused_with(header.message_max, kTestPool.bytes);
	refused_with(header.message_max, uint64_t{0});
	CHECK(PoolReader::inspect(pool.memory.bytes(), kTestPool.bytes, found));
}

LAW("a descriptor that points outside of the pool, is too long, or has other flags is corrupt") {
	struct Lie {
		uint32_t flags;
		uint32_t length;
	};
	const uint64_t last = kTestPool.bytes - kPoolUnitBytes;
	const Lie lies[] = {
		{pool_flags(0), 10},
		{pool_flags(kChunksOffset - kPoolUnitBytes), 10},
		{pool_flags(last), kPoolUnitBytes + 1},
		{pool_flags(kTestPool.bytes), 0 + 1},
		{pool_flags(kPoolBytesMax), 10},
		{(UINT32_MAX & ~kKindMask) | kFlagsPool, 10},
		{pool_flags(kChunksOffset), static_cast<uint32_t>(kTestPool.message_max) + 1},
		{pool_flags(kChunksOffset), UINT32_MAX},
		{pool_flags(kChunksOffset) + 1, 10},
		{kFlagsPool + 1, 10},
		{pool_flags(kChunksOffset) & ~kKindMask, 10},
		{kKindMask, 10},
	};
	for (const bool holds_back : {true, false}) {
		for (const Lie& lie : lies) {
			PoolScene scene(holds_back ? Kind::kHolding : Kind::kLossy);
			PoolGuest& guest = scene.host.join();
			REQUIRE(scene.host.write(10));
			scene.host.memory.descriptor(0).flags = lie.flags;
			scene.host.memory.descriptor(0).length = lie.length;
			Message message{};
			CHECK(guest.lane.locate(message) == ReadOutcome::kCorrupt);
		}
		PoolScene scene(holds_back ? Kind::kHolding : Kind::kLossy);
		PoolGuest& guest = scene.host.join();
		REQUIRE(scene.host.write(kPoolUnitBytes));
		scene.host.memory.descriptor(0).flags = pool_flags(last);
		Message message{};
		CHECK(guest.lane.locate(message) == ReadOutcome::kMessage);
	}
}

LAW("a message in the pool is corrupt to a reader that has no pool") {
	PoolScene scene(Kind::kLossy);
	REQUIRE(scene.host.write(10));
	LaneReader reader(scene.host.memory.bytes(), scene.host.memory.geometry(), 0, false);
	Message message{};
	CHECK(reader.locate(message) == ReadOutcome::kCorrupt);
}

LAW("a pin of a message that the reader cannot have is a lie") {
	PoolScene scene(Kind::kLossy);
	for (int i = 0; i < 3; ++i) {
		REQUIRE(scene.host.write(10));
	}
	scene.host.guests.clear();
	PoolGuest guest(scene.host.memory, scene.memory, 1, false);
	std::vector<uint64_t> sequences;
	guest.words().words[0] = 2;
	guest.words().words[kPinsMax - 1] = 3;
	CHECK(guest.pins.collect(3, sequences) && sequences == std::vector<uint64_t>({1, 2}));
	for (const uint64_t lie : {uint64_t{1}, uint64_t{4}, UINT64_MAX}) {
		guest.words().words[200] = lie;
		CHECK(!guest.pins.collect(3, sequences));
	}
}
