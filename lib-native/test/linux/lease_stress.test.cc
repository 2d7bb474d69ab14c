// A reader leases from the pool of a writer in another process, which uses its chunks again as fast as it can.
#include "test/lane_memory.h"
#include "test/lessee.h"
#include "test/linux/child_process.h"
#include "test/pool_company.h"

using namespace ringwire;

namespace {

using Kind = Leased::Kind;
using Type = Event::Type;

constexpr uint32_t kLength = 3000; // several chunks share a page
constexpr uint64_t kChunks = 16;
constexpr PoolGeometry kPool{kChunksOffset + kChunks * 4096, 4096};
constexpr uint64_t kMessages = 20'000;
constexpr size_t kOpenMax = 6;

// In a process of its own. Each message takes the place of an older one, but for the first ones.
void write_all(const Contract& contract) {
	Company stage(contract);
	auto pool = std::make_shared<SharedPool>();
	if (!pool->create(kPool).ok()) {
		_exit(2);
	}
	TestWriter& writer = stage.writer_with(pool, 64);
	stage.until([&] { return writer.log.count(Type::kConnect) > 0; });
	for (uint64_t sequence = 0; sequence < kMessages; ++sequence) {
		const std::vector<std::byte> message = message_of(sequence, kLength);
		const std::string text(reinterpret_cast<const char*>(message.data()), message.size());
		while (put(writer, text) != WriterEndpoint::Written::kAccepted) {
			if (!writer.endpoint.want_room(kLength)) {
				stage.until([&] { return (writer.wakes & kWakeRoom) != 0; });
				writer.wakes &= ~static_cast<uint32_t>(kWakeRoom);
			} else {
				(void)writer.endpoint.wait_space(0, UINT64_MAX);
				writer.take_events();
			}
		}
		if (sequence % 64 == 0) {
			stage.settle();
		}
	}
	writer.endpoint.end();
	stage.until([&] { return writer.log.count(Type::kDisconnect) > 0; });
}

} // namespace

LAW("leases of the pool of another process keep their bytes while its chunks are used again and again") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		Company company(overflow);
		const ChildProcess child([&] { write_all(company.contract); });
		ReaderOptions options;
		options.spin_nanos = 0;
		TestReader& reader = company.reader(options);
		Lessee lessee(reader);
		std::vector<Leased> open;
		uint64_t random = law::seed();
		uint64_t leased_count = 0;
		const auto look_and_release = [&](size_t index) {
			const Leased leased = open[index];
			CHECK(is_message_of(leased.sequence, leased.bytes, leased.length));
			open.erase(open.begin() + static_cast<ptrdiff_t>(index));
			leased.lane->release(leased.sequence);
		};
		company.until([&] {
			for (Leased leased = lessee.lease(); leased.kind == Kind::kView; leased = lessee.lease()) {
				CHECK(leased.length == kLength && is_message_of(leased.sequence, leased.bytes, kLength));
				open.push_back(leased);
				leased_count += 1;
				if (law::next_random(random) % 2 == 0) {
					leased.lane->keep(leased.sequence);
				}
				const Leased& any = open[law::next_random(random) % open.size()];
				CHECK(is_message_of(any.sequence, any.bytes, any.length));
				if (open.size() > law::next_random(random) % kOpenMax) {
					look_and_release(law::next_random(random) % open.size());
				}
			}
			while (!open.empty()) {
				look_and_release(law::next_random(random) % open.size());
			}
			const bool is_over = reader.log.count(Type::kEnd) > 0;
			if (!is_over && reader.endpoint.begin_wait()) {
				reader.endpoint.call_back_soon();
			}
			return is_over;
		});
		CHECK(leased_count == reader.endpoint.counts().messages);
		CHECK(leased_count + reader.log.lost() == kMessages);
		CHECK(overflow == Overflow::kBlock ? leased_count == kMessages : leased_count > kMessages / 100);
		company.dismiss_all();
	}
}
