// A reader: a link to every writer with that writer's lane and a cursor of our own. Takes turns between the lanes, reports
// exactly what was lost, gives space back, and sleeps so that no wake-up is missed.
#pragma once

#include <optional>

#include "channel/endpoint/endpoint.h"
#include "channel/reader/leased_lane.h"
#include "core/cursor.h"
#include "core/lane_reader.h"
#include "core/pool/pool_reader.h"
#include "core/spin_budget.h"
#include "core/wake.h"
#include "platform/region.h"

namespace ringwire {

class ReaderEndpoint;

class ReaderLink final : public Link {
public:
	explicit ReaderLink(ReaderEndpoint& reader) : reader_(reader) {}
	ReaderLink(const ReaderLink&) = delete;
	ReaderLink& operator=(const ReaderLink&) = delete;
	~ReaderLink() override;
	[[nodiscard]] Status greeted(const WireHello& hello) override;
	[[nodiscard]] Answer received(WireType type, const void* message, size_t length, ReceivedHandle& handle) override;
	void complete() override;
	void rung() override;
	[[nodiscard]] State parted() override;
	void cutting_off() override;
	void count(LinkCounts& counts) const override;
	// In a child by fork, which does not have its memory.
	[[nodiscard]] bool is_elsewhere() const;
	// The position that the leases hold may have advanced.
	void released();
	// A pin that has held a message is not needed any more.
	void unpinned(uint32_t slot);

	[[nodiscard]] bool readable() const { return is(State::kOpen) || is(State::kDraining); }

	Region cursor_memory;
	std::optional<CursorOwner> cursor;
	std::optional<Sleeper> sleeper;
	RegionView lane_memory;
	LaneGeometry geometry;
	std::optional<LaneReader> lane; // from kOpen on
	RegionView pool_memory;
	std::optional<PoolReader> pool; // from kSharing on, if the writer has one
	bool has_pool = false;          // the writer's hello announces one
	bool awake = false;             // false: armed, was empty after that, and its writer has not rung since
	Bell bell;
	uint64_t consumed_to = 0;           // all messages below it have been delivered, or are leased
	uint64_t delivered_to = 0;          // the sequence in the cursor: that of the oldest lease, or `consumed_to`
	std::shared_ptr<LeasedLane> leases; // null: this reader does not hold back, and its writer has no pool
	uint64_t messages = 0;
	uint64_t bytes = 0;
	uint64_t lost = 0;
	uint32_t looks_in_batch = 0; // that came to nothing, because the writer was ahead again
	uint64_t bytes_in_batch = 0; // room in the slab that this lane has taken

private:
	ReaderEndpoint& reader_;
};

// When a reader ends without a shutdown: see `finished`.
struct EndRule {
	enum class Kind : uint8_t {
		kEnded,   // every writer that the reader has found has called end()
		kWriters, // `writers` have, and every writer that is still connected
		kClosed,  // never
	};
	Kind kind = Kind::kEnded;
	uint64_t writers = 0;
};

struct ReaderOptions {
	bool from_newest = false;
	bool lossy = false;
	bool order_by_time = false;
	uint64_t spin_nanos = 50'000;
	EndRule until;
	uint64_t message_max = UINT64_MAX; // a writer that publishes a longer message is expelled
};

struct ReaderCounts {
	uint64_t messages = 0;
	uint64_t bytes = 0;
	uint64_t lost = 0;
	uint64_t spins = 0;
	uint64_t sleeps = 0;
};

// Where a message stands in the slab.
struct Slot {
	uint32_t begin;
	uint32_t end;
};

// The result of `read_lease`.
struct Leased {
	enum class Kind : uint8_t {
		kNothing, // or events come first, or the room is too small
		kCopy,    // in the slab
		kView,
		kTooMany, // leases of this reader
	};
	Kind kind = Kind::kNothing;
	Slot slot{};                      // of a copy
	uint64_t needed = 0;              // as of read_batch
	std::shared_ptr<LeasedLane> lane; // of a view, with the bytes below
	uint64_t sequence = 0;
	std::byte* bytes = nullptr;
	uint32_t length = 0;
	Peer writer;
};

class ReaderEndpoint final : public Endpoint {
public:
	ReaderEndpoint(const Contract& contract, const ReaderOptions& options);
	~ReaderEndpoint() override { leave(); }

	[[nodiscard]] Status open() { return join(); }
	// One direction of a duplex connection: the writer at the other end of the socket, which is taken over, greets first.
	[[nodiscard]] Status open_on(LinkEnd& end, const Peer& writer) { return adopt(end, writer, false); }

	// Copies messages to slab[offset .. size) until it is full or nothing is left. The batch before this one counts as
	// delivered. Events that come before the messages of this batch can be taken now. `needed`: when the answer is 0
	// because the next message does not fit: its length.
	[[nodiscard]] uint32_t read_batch(std::byte* slab, uint64_t offset, uint64_t size, Slot* slots, uint32_t count_max,
	                                  uint64_t& needed);
	// Whether all messages of the last batch have the same length.
	[[nodiscard]] bool has_same_lengths() const { return same_lengths_; }
	// Of the last batch so many have been delivered by now: the writers get their room back. Leaving later gives what was not
	// delivered to the next reader.
	void commit(uint32_t delivered);
	// As `read_batch` for one message, which counts as delivered at once. If it has at least `view_min` bytes, and this reader holds its writer back or
	// the message is in a pool, it is not copied, and its writer keeps it until the lease is released. Takes none while there are events.
	[[nodiscard]] Leased read_lease(std::byte* slab, uint64_t offset, uint64_t size, uint32_t view_min);
	// The writer of a message of the last batch. Id 0: there is no such message.
	[[nodiscard]] Peer writer_of(uint32_t index) const;
	// The reader has come to its end and leaves: its leases count as delivered, and their bytes stay.
	void keep_leases();
	[[nodiscard]] uint64_t available();

	// True: there is something to read, or to report. False: `poll` is to be called in a loop as long as `polling` is true,
	// and then `service` answers kWakeData once when there is something. The last batch counts as delivered.
	[[nodiscard]] bool begin_wait();
	void cancel_wait();
	[[nodiscard]] bool polling() const { return wait_ == Wait::kPolling; }
	[[nodiscard]] bool poll();
	[[nodiscard]] bool wait_until(uint64_t deadline);
	// See kLanesWokenTogether; for tests, which cannot have so many lanes.
	void limit_lanes_woken_together(size_t count) { lanes_woken_together_ = count; }

	[[nodiscard]] const ReaderCounts& counts() const { return counts_; }
	[[nodiscard]] uint64_t mapped_bytes() const override;

private:
	static constexpr uint64_t kNoBound = UINT64_MAX;
	enum class Wait : uint8_t { kNone, kPolling, kAsleep };
	// A run of messages of one lane in the last batch.
	struct Segment {
		ReaderLink* link; // null: gone since
		uint64_t first;
		uint32_t count;
		Peer writer;
	};
	// The next message of a lane, which has this index in the table of links.
	struct Head {
		size_t lane;
		Message message;
	};
	// A batch for one message that may be leased. The batch has no room, so that `take` comes here with each message.
	struct Single {
		std::byte* slab;
		uint64_t offset;
		uint64_t size;
		uint32_t view_min;
		Leased& leased;
	};
	struct Batch {
		std::byte* slab;
		uint64_t offset;
		uint64_t size;
		Slot* slots;
		uint32_t count_max;
		uint32_t count = 0;
		uint64_t needed = 0;
		bool stop = false; // something comes that must wait for the next batch
		bool same_lengths = true;
		Single* single = nullptr; // for one lease, see there

		[[nodiscard]] bool full() const { return count == count_max || stop; }
	};

	friend ReaderLink;

	void prepare_hello(WireHello& hello) override;
	[[nodiscard]] uint32_t progress() override;
	[[nodiscard]] bool needs_peers() const override { return !end_reported_; }
	void describe(WireReport& report) override;

	[[nodiscard]] Status take_lane(ReaderLink& link, uint64_t start, OsHandle handle);
	[[nodiscard]] Status map_lane(ReaderLink& link, OsHandle handle);
	// Maps the writer's pool, and asks for the lane.
	[[nodiscard]] Status take_pool(ReaderLink& link, OsHandle handle);
	void await_writer(ReaderLink& link);
	// The batch before this one counts as delivered.
	void read(Batch& batch);
	void fill(Batch& batch);
	// Serves the links whose writers may have opened them, so that messages of a connected writer can be read before the next turn of
	// the loop. True: one link has been opened.
	[[nodiscard]] bool complete_links();
	[[nodiscard]] uint64_t unread();
	static void begin_share(ReaderLink& link);
	[[nodiscard]] static bool has_its_share(const ReaderLink& link);
	void read_in_turn(Batch& batch);
	void read_by_time(Batch& batch);
	[[nodiscard]] bool merge(Batch& batch, uint64_t horizon);
	[[nodiscard]] uint64_t causal_bound() const;
	[[nodiscard]] static bool is_deliverable(ReaderLink& link, uint64_t bound);
	void look_at_all_lanes();
	void find_heads(Batch& batch);
	void find_head(size_t lane, Batch& batch);
	[[nodiscard]] static bool sent_later(const Head& one, const Head& other);
	// Finds the lane's next message, dealing with everything else on the way: loss, lies, the end.
	[[nodiscard]] bool locate(ReaderLink& link, Batch& batch, Message& message);
	[[nodiscard]] bool is_too_large(ReaderLink& link, Batch& batch, const Message& message);
	[[nodiscard]] bool take(ReaderLink& link, Batch& batch, const Message& message);
	[[nodiscard]] bool take_single(ReaderLink& link, Batch& batch, const Message& message);
	// Copies it to the slab of the single.
	[[nodiscard]] bool take_one(ReaderLink& link, Batch& batch, const Message& message);
	[[nodiscard]] bool may_lend(Batch& batch) const;
	[[nodiscard]] bool lend(ReaderLink& link, Batch& batch, const Message& message, const LeasedLane::Place& place);
	[[nodiscard]] bool lend_pinned(ReaderLink& link, Batch& batch, const Message& message,
	                               const LeasedLane::Place& place);
	void lent(ReaderLink& link, Batch& batch, const LeasedLane::Place& place, std::optional<uint32_t> pin);
	void expel_for_overwriting(ReaderLink& link, uint64_t sequence);
	[[nodiscard]] bool lapped(ReaderLink& link, Batch& batch);
	void report_loss(ReaderLink& link, uint64_t count);
	void drained(ReaderLink& link, Batch& batch);
	void expel_for_count(ReaderLink& link);
	// Whether nothing is left in a lane whose writer is gone or has ended; then its end counts.
	[[nodiscard]] bool read_to_the_end(ReaderLink& link);
	void report_end();
	void commit_all();
	// Stores the cursor, unless a lease keeps it where it is. True: it has moved.
	static bool advance(ReaderLink& link);
	[[nodiscard]] bool wait_on(uint64_t deadline, bool others_wait);
	void ring_for_space(ReaderLink& link);
	void ring_for_room(ReaderLink& link);
	void wake_lane(ReaderLink& link);
	void wake_all_lanes();
	void forget_gone_lanes();
	// True: at least one that was not awake.
	bool wake_lanes_with_messages();
	[[nodiscard]] bool wakes_lanes_apart() const {
		return links_.slots() > lanes_woken_together_ && !options_.order_by_time;
	}
	// Whether there is something to read, or to report, in the lanes that are awake. All others ring.
	[[nodiscard]] bool something();
	// The same in all lanes.
	[[nodiscard]] bool anything();
	[[nodiscard]] bool something(ReaderLink& link, uint64_t bound);
	[[nodiscard]] bool finished() const;
	[[nodiscard]] bool has_more_to_read() const;
	[[nodiscard]] bool lie_down();
	void get_up();

	LinksOf<ReaderLink, ReaderEndpoint> links_{*this};
	ReaderOptions options_;
	bool latest_;
	bool holds_back_;
	bool end_reported_ = false;
	bool had_traffic_ = false;
	bool same_lengths_ = true;
	Wait wait_ = Wait::kNone;
	SpinBudget spin_;
	uint64_t poll_alone_until_ = 0;
	uint64_t poll_until_ = 0;
	size_t lanes_woken_together_ = kLanesWokenTogether;
	std::vector<ReaderLink*> awake_; // the lanes that are awake; some may be gone since
	size_t turn_ = 0;                // the awake lane that is first in the next batch
	uint64_t writers_found_ = 0;
	uint64_t ended_ = 0;
	std::vector<Segment> segments_;
	std::shared_ptr<size_t> open_leases_ = std::make_shared<size_t>(0);
	std::vector<Head> heads_; // of a merge by time: a heap, the message that was sent first at its root
	ReaderCounts counts_;
};

} // namespace ringwire
