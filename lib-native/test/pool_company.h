// Endpoints whose messages are in a pool, and peers that follow the protocol of one only as far as their law does.
#pragma once

#include <cstring>

#include "test/impostor.h"

namespace ringwire {

inline constexpr uint64_t kLargeChunk = uint64_t{128} << 10; // more than the lane
inline constexpr PoolGeometry kFourChunks{kChunksOffset + 4 * kLargeChunk, 2 * kLargeChunk};

inline std::shared_ptr<SharedPool> make_pool() {
	auto pool = std::make_shared<SharedPool>();
	CHECK(pool->create(kFourChunks).ok());
	return pool;
}

// Puts the text, repeated up to this length, into the pool of the writers, and on the lane of each.
inline WriterEndpoint::Written put(const std::vector<TestWriter*>& writers, const std::string& text, uint64_t length) {
	SharedPool& pool = *writers[0]->endpoint.pool();
	PoolWriter& chunks = pool.chunks();
	const std::optional<uint32_t> chunk = chunks.allocate(length);
	if (!chunk) {
		return WriterEndpoint::Written::kNoMemory;
	}
	for (uint64_t i = 0; i < length; ++i) {
		chunks.memory(*chunk)[i] = static_cast<std::byte>(text[i % text.size()]);
	}
	using Written = WriterEndpoint::Written;
	Written written = Written::kAccepted;
	for (TestWriter* writer : writers) {
		written = writer->endpoint.keep_descriptor();
		if (written == Written::kAccepted) {
			written = writer->endpoint.put_from_pool(*chunk, length);
		}
	}
	pool.release(*chunk);
	return written;
}
inline WriterEndpoint::Written put(TestWriter& writer, const std::string& text) {
	return put({&writer}, text, text.size());
}

// All four chunks are used by messages of the writer, which are not read yet.
inline void fill(TestWriter& writer) {
	CHECK(put({&writer}, "f", 2 * kLargeChunk) == WriterEndpoint::Written::kAccepted);
	CHECK(put({&writer}, "g", 2 * kLargeChunk) == WriterEndpoint::Written::kAccepted);
}

struct PoolCompany {
	explicit PoolCompany(Overflow overflow = Overflow::kBlock, uint32_t depth = 16) : company(overflow), depth(depth) {}
	TestWriter& writer() { return company.writer_with(pool, depth); }
	Company company;
	uint32_t depth;
	std::shared_ptr<SharedPool> pool = make_pool();
};

// A reader of the writer with write access to its page, as far in the handshake as its law needs.
struct PoolImpostor {
	explicit PoolImpostor(Company& company) : impostor(company, Role::kWriter) {
		CHECK(memory.create(kCursorBytes).ok());
		cursor.emplace(memory.memory(), 0);
	}
	void reach_pool() {
		WireHello hello = impostor.hello();
		hello.holds_back = 1;
		impostor.say_hello(hello, memory);
		CHECK(impostor.hear(WireType::kHello) && impostor.hear(WireType::kPool));
	}
	void link() {
		reach_pool();
		impostor.send(WireType::kMapped);
		CHECK(impostor.hear(WireType::kWelcome));
		impostor.send(WireType::kReady);
	}
	[[nodiscard]] SharedU64& pin(uint32_t index) {
		return reinterpret_cast<Pins*>(memory.memory() + kPinsOffset)->words[index];
	}
	Impostor impostor;
	Region memory;
	std::optional<CursorOwner> cursor;
};

// A writer with write access to all of its memory.
struct LyingPoolWriter {
	explicit LyingPoolWriter(Company& company) : company(company), impostor(company, Role::kReader) {}
	[[nodiscard]] PoolHeader& header() const { return reinterpret_cast<PoolControl*>(pool_memory.memory())->header; }
	[[nodiscard]] Descriptor& descriptor(uint64_t sequence) const {
		return reinterpret_cast<Descriptor*>(lane_memory.memory() + sizeof(LaneControl))[sequence];
	}
	void greet(uint64_t features) {
		WireHello hello = impostor.hello();
		hello.features_required = features;
		impostor.say_hello(hello);
		CHECK(impostor.hear(WireType::kHello) && impostor.hear(WireType::kCursor));
	}
	void hand_over_pool(bool with_handle) {
		const auto message = static_cast<uint8_t>(WireType::kPool);
		impostor.send(&message, 1, with_handle ? pool_memory.share() : kNoHandle);
	}
	void link() {
		greet(kFeaturePool);
		hand_over_pool(true);
		CHECK(impostor.hear(WireType::kMapped));
		impostor.hand_over(lane_memory.share());
		CHECK(impostor.hear(WireType::kReady));
		impostor.send(WireType::kRing);
	}

	struct Memory : Region {
		explicit Memory(uint64_t bytes) { CHECK(create(bytes).ok()); }
	};
	Company& company;
	Impostor impostor;
	LaneGeometry geometry{kCapacityMin, kCapacityMin / 2, 16};
	Memory lane_memory{geometry.lane_bytes()};
	Memory pool_memory{kFourChunks.bytes};
	LaneWriter lane{lane_memory.memory(), geometry, 42, CopyKind::kOrdered};
	PoolWriter pool{pool_memory.memory(), kFourChunks, 43};
};

} // namespace ringwire
