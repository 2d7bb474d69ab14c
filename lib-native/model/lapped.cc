// A writer that does not wait laps its readers. A reader counts the messages that it lost.
#include "model/scenarios.h"

#include "model/lane_setting.h"
#include "model/relacy.h"

namespace ringwire::model {

namespace {

// messages: the number that the writer puts. looks: the number of looks of the reader.
template <uint32_t depth, uint32_t cells_even, uint32_t cells_odd, unsigned messages, unsigned looks, bool latest,
          int readers>
struct Lapped : rl::test_suite<Lapped<depth, cells_even, cells_odd, messages, looks, latest, readers>, 1 + readers> {
	static constexpr uint32_t cells_of(uint64_t sequence) { return sequence % 2 == 0 ? cells_even : cells_odd; }

	void before() {
		begin_execution();
		writer_.emplace(setting().lay_out(depth, CopyKind::kRacing, 1));
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
	void write() {
		for (unsigned i = 0; i < messages; ++i) {
			const uint64_t sequence = writer_->next();
			const uint32_t cells = cells_of(sequence);
			writer_->put(buffer(0).fill(sequence, cells), static_cast<uint32_t>(cells * kCellBytes), sequence + 1);
			writer_->publish();
		}
		writer_->end();
	}

	// As ReaderEndpoint::read_in_turn and lapped.
	void read(unsigned index) {
		LaneReader lane = setting().reader(0, false);
		uint64_t delivered = 0;
		uint64_t lost = 0;
		for (unsigned i = 0; i < looks; ++i) {
			if (latest) {
				lost += lane.skip_to_newest();
			}
			const uint64_t sequence = lane.next();
			require(delivered + lost == sequence, "delivered and lost add up to the sequence");
			Message message{};
			ReadOutcome outcome = lane.locate(message);
			if (outcome == ReadOutcome::kMessage) {
				outcome = lane.take(message, buffer(index + 1).bytes());
			}
			switch (outcome) {
			case ReadOutcome::kMessage:
				buffer(index + 1).check(message, sequence, cells_of(sequence));
				delivered += 1;
				break;
			case ReadOutcome::kLapped: {
				const uint64_t skipped = lane.skip_lapped();
				require(skipped >= 1 && lane.next() <= lane.published(), "a lapped reader continues");
				lost += skipped;
				break;
			}
			case ReadOutcome::kEmpty: {
				const LaneReader::End end = lane.end();
				require(lane.refresh() && end != LaneReader::End::kCorrupt,
				        "every word of a correct writer is accepted");
				require(end == LaneReader::End::kOpen || lane.published() == messages,
				        "a reader that sees the end sees every message");
				break;
			}
			case ReadOutcome::kCorrupt:
				require(false, "no word of a correct writer is corrupt");
			}
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
	std::optional<LaneWriter> writer_;
};

} // namespace

const std::vector<Scenario>& lapped_scenarios() {
	static const std::vector<Scenario> all = {
		{"lapped-end", "the end is seen after the last message", &simulate<Lapped<2, 1, 1, 1, 2, false, 1>>},
		{"lapped-descriptors", "descriptors are reused under a reader", &simulate<Lapped<2, 1, 0, 3, 2, false, 1>>},
		{"lapped-payload", "payload is overwritten under a reader", &simulate<Lapped<8, 2, 2, 3, 2, false, 1>>},
		{"lapped-mixed", "both, with a gap at the end", &simulate<Lapped<4, 2, 1, 6, 5, false, 1>>},
		{"lapped-latest", "a reader of the newest only", &simulate<Lapped<2, 2, 1, 4, 3, true, 1>>},
		{"lapped-two-readers", "two readers of one lane", &simulate<Lapped<2, 2, 1, 4, 3, false, 2>>},
	};
	return all;
}

} // namespace ringwire::model
