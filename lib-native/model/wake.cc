// The wake protocol: writers sleep until there is space, readers sleep until there is a message, and their doorbells order no
// memory. A sleep without an end is a deadlock to the checker.
#include "model/scenarios.h"

#include "model/lane_setting.h"
#include "model/reader_side.h"
#include "model/relacy.h"
#include "model/writer_side.h"

namespace ringwire::model {

namespace {

// Whether a writer waits until all is read: not at all, before it ends, or from so early on that it waits for space meanwhile.
enum class Drain { kNone, kLast, kMeanwhile };

// Every reader reads every lane. Messages are empty, because the protocol does not depend on payload.
template <int writers, int readers, uint32_t depth, unsigned messages, Drain drain>
struct Wake : rl::test_suite<Wake<writers, readers, depth, messages, drain>, writers + readers> {
	void before() {
		begin_execution();
		for (int w = 0; w < writers; ++w) {
			writers_[w].lane.emplace(setting(w).lay_out(depth, CopyKind::kOrdered, static_cast<uint64_t>(w + 1)));
		}
		for (int w = 0; w < writers; ++w) {
			for (int r = 0; r < readers; ++r) {
				std::byte* memory = cursor_memory(w, r);
				auto& theirs = readers_[r].links[w];
				theirs.lane.emplace(setting(w).reader(0, true));
				theirs.cursor.emplace(memory, 0);
				theirs.sleeper.emplace(theirs.cursor->asleep_epoch());
				theirs.doorbell = &writers_[w].doorbell;
				writers_[w].links[r].cursor.emplace(memory, 0);
				writers_[w].links[r].doorbell = &readers_[r].doorbell;
			}
		}
	}
	void thread(unsigned index) {
		if (index < writers) {
			write(index);
		} else {
			read(index - writers);
		}
	}
	void after() {
		for (int w = 0; w < writers; ++w) {
			for (int r = 0; r < readers; ++r) {
				require(writers_[w].links[r].rings <= readers_[r].sleeps, "at most one ring for a sleep of the reader");
				require(readers_[r].links[w].rings <= writers_[w].sleeps, "at most one ring for a sleep of the writer");
			}
		}
		end_execution();
	}

private:
	void write(unsigned index) {
		std::byte none{};
		for (unsigned i = 0; i < messages; ++i) {
			writers_[index].write(&none, 0, i + 1);
			if (drain == Drain::kMeanwhile && i + 1 == depth) {
				writers_[index].want_drained();
			}
		}
		if (drain != Drain::kNone) {
			writers_[index].wait_drained();
		}
		writers_[index].end();
	}
	void read(unsigned index) {
		uint64_t next[writers] = {};
		readers_[index].read_all([&](int lane, uint64_t sequence) {
			require(sequence == next[lane], "messages come in order, each once");
			next[lane] += 1;
		});
		for (const uint64_t count : next) {
			require(count == messages, "nothing is lost");
		}
	}

	static LaneSetting& setting(int writer) {
		static LaneSetting settings[writers];
		return settings[writer];
	}
	static std::byte* cursor_memory(int writer, int reader) {
		alignas(4096) static std::byte memory[writers][readers][kCursorBytes];
		return memory[writer][reader];
	}

	WriterSide<writers + readers, readers> writers_[writers];
	ReaderSide<writers + readers, writers> readers_[readers];
};

} // namespace

const std::vector<Scenario>& wake_scenarios() {
	static const std::vector<Scenario> all = {
		{"wake-one-message", "one message, then the end", &simulate<Wake<1, 1, 2, 1, Drain::kNone>>},
		{"wake-drained", "a writer that waits until its message is read", &simulate<Wake<1, 1, 2, 1, Drain::kLast>>},
		{"wake-space", "a writer that waits for space", &simulate<Wake<1, 1, 2, 4, Drain::kLast>>},
		{"wake-two-waits", "a writer that waits for space and until its messages are read",
	     &simulate<Wake<1, 1, 2, 3, Drain::kMeanwhile>>},
		{"wake-two-writers", "two writers, one reader", &simulate<Wake<2, 1, 2, 3, Drain::kLast>>},
		{"wake-two-readers", "one writer, two readers", &simulate<Wake<1, 2, 2, 3, Drain::kMeanwhile>>},
		{"wake-two-by-two", "two writers, two readers", &simulate<Wake<2, 2, 2, 3, Drain::kLast>>},
	};
	return all;
}

} // namespace ringwire::model
