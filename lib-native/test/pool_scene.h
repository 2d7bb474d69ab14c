// A small pool, and one with a lane.
#pragma once

#include "test/pool_memory.h"

namespace ringwire {

inline constexpr uint32_t kPoolLarge = 64 << 10;
inline constexpr PoolGeometry kTestPool{kChunksOffset + uint64_t{4} * kPoolLarge, uint64_t{4} * kPoolLarge};

struct TestPool {
	PoolMemory memory{kTestPool};
	PoolWriter writer{memory.bytes(), kTestPool, 9};
};

struct PoolScene : TestPool {
	explicit PoolScene(PoolHost::Kind kind, uint32_t depth = 16) : host(writer, memory, kind, depth) {}
	[[nodiscard]] uint32_t write_until_full(uint32_t length) {
		uint32_t count = 0;
		for (; host.write(length); ++count) {
		}
		return count;
	}
	PoolHost host;
};

} // namespace ringwire
