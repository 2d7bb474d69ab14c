// A reader that holds the writer back: no message is overwritten before it is copied, none is lost, and the end follows the
// last message. The payload is plain memory here, so that a missing order is a data race.
#include "model/scenarios.h"

#include "core/cursor.h"
#include "model/lane_setting.h"
#include "model/relacy.h"

namespace ringwire::model {

namespace {

template <uint32_t depth, uint32_t cells, unsigned messages, int readers>
struct HeldBack : rl::test_suite<HeldBack<depth, cells, messages, readers>, 1 + readers> {
	void before() {
		begin_execution();
		writer_.emplace(setting().lay_out(depth, CopyKind::kOrdered, 1));
		for (int i = 0; i < readers; ++i) {
			owners_[i].emplace(cursor_memory(i), 0);
			views_[i].emplace(cursor_memory(i), 0);
		}
	}
	void thread(unsigned index) {
		if (index == 0) {
			write();
		} else {
			read(index - 1);
		}
	}
	void after() { end_execution(); }

private:
	// As WriterEndpoint::fits and refresh_tail, without sleep.
	bool fits(uint64_t length) {
		if (writer_->fits(tail_, length)) {
			return true;
		}
		uint64_t lowest = UINT64_MAX;
		for (auto& view : views_) {
			require(view->refresh(writer_->published()), "every sequence of a correct reader is accepted");
			lowest = std::min(lowest, view->sequence());
		}
		tail_ = std::max(tail_, lowest);
		return writer_->fits(tail_, length);
	}

	void write() {
		for (unsigned i = 0; i < messages; ++i) {
			while (!fits(cells * kCellBytes)) {
				rl::yield(1, {"", __FILE__, __LINE__});
			}
			const uint64_t sequence = writer_->next();
			writer_->put(buffer(0).fill(sequence, cells), static_cast<uint32_t>(cells * kCellBytes), sequence + 1);
			writer_->publish();
		}
		writer_->end();
	}

	// As ReaderEndpoint::read_batch, commit and drained.
	void read(unsigned index) {
		LaneReader lane = setting().reader(0, true);
		for (;;) {
			const uint64_t sequence = lane.next();
			Message message{};
			ReadOutcome outcome = lane.locate(message);
			if (outcome == ReadOutcome::kMessage) {
				if (mutated("advance before the copy")) {
					owners_[index]->advance(sequence + 1);
				}
				outcome = lane.take(message, buffer(index + 1).bytes());
			}
			if (outcome == ReadOutcome::kMessage) {
				buffer(index + 1).check(message, sequence, cells);
				owners_[index]->advance(lane.next());
				continue;
			}
			require(outcome == ReadOutcome::kEmpty, "no word of a correct writer is corrupt");
			const LaneReader::End end = lane.end();
			require(lane.refresh(), "every sequence of a correct writer is accepted");
			if (lane.next() == lane.published() && end == LaneReader::End::kEnded) {
				require(lane.next() == messages, "a reader that sees the end sees every message");
				return;
			}
			rl::yield(1, {"", __FILE__, __LINE__});
		}
	}

	static LaneSetting& setting() {
		static LaneSetting only;
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

	std::optional<LaneWriter> writer_;
	std::optional<CursorOwner> owners_[readers];
	std::optional<CursorView> views_[readers];
	uint64_t tail_ = 0;
};

} // namespace

const std::vector<Scenario>& held_back_scenarios() {
	static const std::vector<Scenario> all = {
		{"held-back-depth", "descriptors are reused when they are free", &simulate<HeldBack<2, 1, 3, 1>>},
		{"held-back-payload", "payload is reused when it is free", &simulate<HeldBack<8, 2, 3, 1>>},
		{"held-back-two-readers", "the slower of two readers holds", &simulate<HeldBack<2, 1, 3, 2>>},
	};
	return all;
}

} // namespace ringwire::model
