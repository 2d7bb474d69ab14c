// The allocator of a pool against a model: a map of the chunks that are alive.
#include "core/pool/pool_allocator.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "test/law.h"

using namespace ringwire;

namespace {

constexpr uint64_t kPage = PoolAllocator::kPageBytes;
constexpr uint64_t kKibi = 1024;

struct Model {
	explicit Model(uint64_t bytes) : allocator(bytes), size(bytes) {}

	// Whether there is a gap between chunks that has room for so many bytes.
	[[nodiscard]] bool has_room(uint64_t bytes) const {
		const bool paged = bytes + PoolAllocator::kUnitBytes > PoolAllocator::kPagedFrom;
		uint64_t end = 0;
		for (auto at = alive.begin();; ++at) {
			const uint64_t begin = paged ? (end + kPage - 1) / kPage * kPage : end;
			const uint64_t limit = at == alive.end() ? size : at->first;
			const uint64_t unit = paged ? kPage : PoolAllocator::kUnitBytes;
			if (begin <= limit && limit - begin >= std::max<uint64_t>((bytes + unit - 1) / unit, 1) * unit) {
				return true;
			}
			if (at == alive.end()) {
				return false;
			}
			end = at->first + at->second.bytes;
		}
	}
	[[nodiscard]] bool add(uint64_t bytes) {
		const std::optional<Chunk> chunk = allocator.allocate(bytes);
		if (!chunk) {
			return false;
		}
		const bool paged = bytes + PoolAllocator::kUnitBytes > PoolAllocator::kPagedFrom;
		CHECK(chunk->bytes >= bytes && chunk->offset + chunk->bytes <= size);
		CHECK(chunk->offset % (paged ? kPage : PoolAllocator::kUnitBytes) == 0);
		const auto [at, fresh] = alive.emplace(chunk->offset, *chunk);
		CHECK(fresh);
		CHECK(at == alive.begin() || std::prev(at)->second.offset + std::prev(at)->second.bytes <= chunk->offset);
		CHECK(std::next(at) == alive.end() || chunk->offset + chunk->bytes <= std::next(at)->first);
		return true;
	}
	void remove(std::map<uint64_t, Chunk>::iterator at) {
		allocator.free(at->second);
		alive.erase(at);
	}
	[[nodiscard]] uint64_t used() const {
		uint64_t sum = 0;
		for (const auto& [offset, chunk] : alive) {
			sum += chunk.bytes;
		}
		return sum;
	}

	PoolAllocator allocator;
	uint64_t size;
	std::map<uint64_t, Chunk> alive;
};

// Small ones, some around the size from which chunks have pages, and large ones.
uint64_t some_size(uint64_t& random) {
	const uint64_t kind = law::next_random(random) % 8;
	if (kind < 4) {
		return law::next_random(random) % 5000;
	}
	if (kind < 6) {
		return PoolAllocator::kPagedFrom - 200 + law::next_random(random) % 400;
	}
	return law::next_random(random) % (300 * kKibi);
}

} // namespace

LAW("chunks never overlap, and everything that is freed is there again, in any order") {
	uint64_t random = law::seed() + 1;
	for (int round = 0; round < 20; ++round) {
		Model model(2048 * kKibi);
		for (int step = 0; step < 400; ++step) {
			const uint64_t choice = law::next_random(random) % 100;
			if (choice < 55 || model.alive.empty()) {
				const uint64_t bytes = some_size(random);
				const bool room = model.has_room(bytes);
				CHECK(model.add(bytes) == room);
			} else {
				auto at =
					std::next(model.alive.begin(), static_cast<long>(law::next_random(random) % model.alive.size()));
				if (choice < 65) {
					model.allocator.shrink(at->second, law::next_random(random) % (at->second.bytes + 1));
				} else {
					model.remove(at);
				}
			}
			REQUIRE(model.allocator.consistent());
			CHECK(model.allocator.free_bytes() == model.size - model.used());
		}
		while (!model.alive.empty()) {
			model.remove(model.alive.begin());
		}
		CHECK(model.allocator.consistent() && model.add(model.size));
	}
}

LAW("a pool of n chunks holds n chunks, again and again") {
	for (const uint64_t bytes : {64 * kKibi, 65 * kKibi, 1024 * kKibi}) {
		constexpr int kChunks = 7;
		const uint64_t pages = (bytes + kPage - 1) / kPage * kPage;
		Model model(kChunks * pages);
		for (int round = 0; round < 3; ++round) {
			for (int i = 0; i < kChunks; ++i) {
				CHECK(model.add(bytes));
			}
			CHECK(!model.add(1));
			while (!model.alive.empty()) {
				model.remove(std::next(model.alive.begin(), static_cast<long>(model.alive.size() / 2)));
			}
		}
	}
}

LAW("more than there is, and everything that there is") {
	Model model(64 * kKibi);
	CHECK(!model.add(64 * kKibi + 1));
	CHECK(!model.add(UINT64_MAX));
	CHECK(model.add(64 * kKibi));
	CHECK(!model.add(0));
	CHECK(model.allocator.free_bytes() == 0);
}

LAW("the bytes by which a chunk is shrunk can be allocated") {
	Model model(128 * kKibi);
	REQUIRE(model.add(128 * kKibi));
	Chunk& chunk = model.alive.begin()->second;
	model.allocator.shrink(chunk, 1000);
	CHECK(chunk.bytes == 1024);
	CHECK(model.add(64 * kKibi));
	CHECK(model.allocator.consistent());
}
