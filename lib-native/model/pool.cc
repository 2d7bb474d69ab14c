// Messages in a pool: no chunk is used again while a reader reads it in place, no copy of a chunk that was used again is accepted, and a
// writer that sleeps until a pin goes is woken.
#include "model/scenarios.h"

#include "model/doorbell.h"
#include "model/pool_setting.h"
#include "model/relacy.h"

namespace ringwire::model {

namespace {

enum class Reads {
	kPinned, // in place, with a pin
	kCopied, // by a copy, which is checked
	kKept,   // in place, with a pin that takes the place of the position: the lane is held back
};

// looks: the number of looks of each reader. waits: the writer sleeps until there is room; otherwise it gives a message up for which there
// is none. messages: those that the writer tries to write.
template <Reads reads, uint32_t chunks, uint32_t depth, unsigned messages, unsigned looks, int readers, bool latest,
          bool waits>
struct Pooled : rl::test_suite<Pooled<reads, chunks, depth, messages, looks, readers, latest, waits>, 1 + readers>,
				PoolReaders {
	static constexpr bool kHolds = reads == Reads::kKept;
	static constexpr uint32_t kPins = 2;

	void before() {
		begin_execution();
		lane_.emplace(setting().lay_out(depth, CopyKind::kOrdered, 1));
		pool_setting().lay_out(pool_);
		in_pool_.emplace(*pool_, *lane_, *this);
		for (int i = 0; i < readers; ++i) {
			owners_[i].emplace(cursor_memory(i), 0);
			views_[i].emplace(cursor_memory(i), 0);
			pools_[i].emplace(pool_setting().memory(), pool_setting().kGeometry, cursor_memory(i), kPins);
			pins_[i].emplace(cursor_memory(i), 0, kPins);
		}
	}
	void thread(unsigned index) {
		if (index == 0) {
			write();
		} else {
			read(index - 1);
		}
	}
	void after() {
		for (int i = 0; i < readers; ++i) {
			require(rings_[i] <= sleeps_, "at most one ring of a reader for a sleep");
		}
		end_execution();
	}

	// --- PoolReaders

	uint64_t retirable_below() override {
		uint64_t limit = lane_->published();
		if (mutated("pool writer: looks at the pins before the positions")) {
			early_.clear();
			collect(early_);
		}
		if (kHolds) {
			for (auto& view : views_) {
				require(view->refresh(lane_->published()), "every sequence of a correct reader is accepted");
				limit = std::min(limit, view->sequence());
			}
			tail_ = limit;
		}
		if (latest && limit > 0 && !mutated("pool writer: retires the newest")) {
			limit -= 1;
		}
		return limit;
	}
	bool collect_pins(std::vector<uint64_t>& sequences) override {
		if (mutated("pool writer: looks at the pins before the positions")) {
			sequences = early_;
		} else if (!mutated("pool writer: does not look at the pins")) {
			collect(sequences);
		}
		return true;
	}

private:
	void collect(std::vector<uint64_t>& sequences) {
		for (auto& pins : pins_) {
			require(pins->collect(lane_->published(), sequences), "every pin of a correct reader is accepted");
		}
	}

	// --- The writer

	void write() {
		for (unsigned i = 0; i < messages; ++i) {
			const std::optional<uint32_t> chunk = room();
			if (!chunk) {
				continue;
			}
			const uint64_t sequence = lane_->next();
			copy_shared(pool_->memory(*chunk), buffer(0).fill(sequence, 1), kCellBytes, CopyKind::kOrdered);
			in_pool_->put(*chunk, kCellBytes, sequence + 1);
			pool_->release(*chunk);
			lane_->publish();
		}
		lane_->end();
	}
	std::optional<uint32_t> room() {
		while (kHolds && !lane_->fits(tail_, 0)) {
			(void)retirable_below();
			rl::yield(1, {"", __FILE__, __LINE__});
		}
		std::optional<uint32_t> chunk = pool_->allocate(kCellBytes);
		while (kHolds && !chunk) {
			rl::yield(1, {"", __FILE__, __LINE__});
			chunk = pool_->allocate(kCellBytes);
		}
		while (waits && !chunk) {
			sleeps_ += 1;
			pool_->want();
			if (!mutated("pool writer: no second look")) {
				chunk = pool_->allocate(kCellBytes);
			}
			if (!chunk) {
				doorbell_.sleep();
				doorbell_.drain();
			}
			pool_->unwant();
			if (!chunk) {
				chunk = pool_->allocate(kCellBytes);
			}
		}
		return chunk;
	}

	// --- A reader

	void read(unsigned index) {
		LaneReader lane = setting().reader(0, kHolds);
		lane.use_pool(pool_setting().memory(), pool_setting().kGeometry);
		if (kHolds) {
			read_all(index, lane);
			return;
		}
		uint64_t accounted = 0;
		for (unsigned i = 0; i < looks; ++i) {
			if (latest) {
				accounted += lane.skip_to_newest();
			}
			require(lane.next() == accounted, "delivered and lost add up to the sequence");
			Message message{};
			ReadOutcome outcome = lane.locate(message);
			require(outcome != ReadOutcome::kCorrupt, "no word of a correct writer is corrupt");
			if (outcome == ReadOutcome::kMessage) {
				outcome = reads == Reads::kPinned ? read_pinned(index, lane, message) : copy(index, lane, message);
				accounted += outcome == ReadOutcome::kMessage ? 1 : 0;
			}
			if (outcome == ReadOutcome::kLapped) {
				accounted += lane.skip_lapped();
			}
		}
		if (latest) {
			while (lane.end() == LaneReader::End::kOpen) {
				rl::yield(1, {"", __FILE__, __LINE__});
			}
			LaneReader late = setting().reader(0, false);
			late.use_pool(pool_setting().memory(), pool_setting().kGeometry);
			(void)late.skip_to_newest();
			Message message{};
			require(late.locate(message) == ReadOutcome::kMessage, "the newest message stays");
		}
	}
	ReadOutcome copy(unsigned index, LaneReader& lane, const Message& message) {
		const uint64_t sequence = lane.next();
		const ReadOutcome outcome = lane.take(message, buffer(index + 1).bytes());
		if (outcome == ReadOutcome::kMessage) {
			buffer(index + 1).check(message, sequence, 1);
		}
		return outcome;
	}
	ReadOutcome read_pinned(unsigned index, LaneReader& lane, const Message& message) {
		const uint64_t sequence = lane.next();
		uint32_t slot = 0;
		const PoolReader::Pinned pinned = pools_[index]->pin(lane, slot);
		require(pinned != PoolReader::Pinned::kNone, "a pin that was cleared is free");
		if (pinned == PoolReader::Pinned::kLapped) {
			if (!mutated("pool reader: does not ring after a late pin")) {
				ring_for_room(index);
			}
			return ReadOutcome::kLapped;
		}
		if (mutated("pool reader: unpins before it reads")) {
			pools_[index]->unpin(slot);
		}
		read_in_place(index, lane, message, sequence);
		lane.pass();
		if (mutated("pool reader: rings before it unpins")) {
			ring_for_room(index);
		}
		if (!mutated("pool reader: unpins before it reads")) {
			pools_[index]->unpin(slot);
		}
		if (!mutated("pool reader: rings before it unpins")) {
			ring_for_room(index);
		}
		return ReadOutcome::kMessage;
	}
	// Keeps each message until it has pinned the next one, or there is none yet: the writer may wait for its chunk.
	void read_all(unsigned index, LaneReader& lane) {
		Message kept{};
		uint32_t slot = 0;
		bool keeps = false;
		const auto release = [&](uint64_t sequence) {
			read_in_place(index, lane, kept, sequence);
			pools_[index]->unpin(slot);
		};
		while (lane.next() < messages) {
			const uint64_t sequence = lane.next();
			Message message{};
			const ReadOutcome outcome = lane.locate(message);
			require(outcome != ReadOutcome::kCorrupt && outcome != ReadOutcome::kLapped,
			        "no word of a correct writer is corrupt, and no message is lost");
			if (outcome == ReadOutcome::kEmpty) {
				if (keeps) {
					release(sequence - 1);
					keeps = false;
				}
				rl::yield(1, {"", __FILE__, __LINE__});
				continue;
			}
			if (mutated("pool reader: advances before it pins")) {
				owners_[index]->advance(sequence + 1);
			}
			const uint32_t taken = pools_[index]->pin_held(sequence).value_or(UINT32_MAX);
			require(taken != UINT32_MAX, "a pin that was cleared is free");
			lane.pass();
			owners_[index]->advance(lane.next());
			if (keeps) {
				release(sequence - 1);
			}
			slot = taken;
			kept = message;
			keeps = true;
		}
		if (keeps) {
			release(lane.next() - 1);
		}
	}
	// Ordered: a writer that overwrites it meanwhile is a data race to the checker.
	void read_in_place(unsigned index, const LaneReader& lane, const Message& message, uint64_t sequence) {
		copy_shared(buffer(index + 1).bytes(), lane.bytes_of(message), message.length, CopyKind::kOrdered);
		buffer(index + 1).check(message, sequence, 1);
	}
	void ring_for_room(unsigned index) {
		if (pools_[index]->room_awaited()) {
			rings_[index] += 1;
			doorbell_.ring();
		}
	}

	static LaneSetting& setting() {
		static LaneSetting only;
		return only;
	}
	static PoolSetting<chunks>& pool_setting() {
		static PoolSetting<chunks> only;
		return only;
	}
	static MessageBuffer& buffer(unsigned index) {
		static MessageBuffer buffers[1 + readers];
		return buffers[index];
	}
	static std::byte* cursor_memory(int index) {
		alignas(4096) static std::byte memory[readers][kCursorBytes];
		return memory[index];
	}

	std::optional<LaneWriter> lane_;
	std::optional<PoolWriter> pool_;
	std::optional<PoolLane> in_pool_;
	std::optional<CursorOwner> owners_[readers];
	std::optional<CursorView> views_[readers];
	std::optional<PoolReader> pools_[readers];
	std::optional<PinView> pins_[readers];
	std::vector<uint64_t> early_;
	Doorbell<1 + readers> doorbell_;
	uint64_t tail_ = 0;
	unsigned sleeps_ = 0;
	unsigned rings_[readers] = {};
};

} // namespace

const std::vector<Scenario>& pool_scenarios() {
	static const std::vector<Scenario> all = {
		{"pool-pinned", "a pinned chunk is not used again",
	     &simulate<Pooled<Reads::kPinned, 1, 4, 3, 2, 1, false, false>>},
		{"pool-descriptors", "also if the message has lost its descriptor",
	     &simulate<Pooled<Reads::kPinned, 2, 2, 5, 2, 1, false, false>>},
		{"pool-copied", "no copy of a chunk that was used again is accepted",
	     &simulate<Pooled<Reads::kCopied, 1, 4, 3, 2, 1, false, false>>},
		{"pool-two-chunks", "one is pinned, and the other one used again and again",
	     &simulate<Pooled<Reads::kPinned, 2, 4, 4, 2, 1, false, false>>},
		{"pool-latest", "the newest message stays", &simulate<Pooled<Reads::kPinned, 1, 4, 2, 1, 2, true, false>>},
		{"pool-kept", "a pin takes the place of the position",
	     &simulate<Pooled<Reads::kKept, 2, 4, 4, 0, 1, false, false>>},
		{"pool-room", "a writer that waits until a pin goes",
	     &simulate<Pooled<Reads::kPinned, 1, 4, 3, 3, 1, false, true>>},
		{"pool-two-readers", "two readers pin", &simulate<Pooled<Reads::kPinned, 1, 4, 3, 2, 2, false, true>>},
	};
	return all;
}

} // namespace ringwire::model
