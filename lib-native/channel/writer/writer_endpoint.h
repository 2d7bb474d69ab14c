// A writer: one lane, and a link to every reader with that reader's cursor. Determines the readers that hold the lane
// back, the messages that may be overwritten, the readers to wake, and the end of the writer's own waits.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "channel/endpoint/endpoint.h"
#include "channel/writer/shared_pool.h"
#include "core/cursor.h"
#include "core/lane_writer.h"
#include "core/pool/pins.h"
#include "core/wake.h"
#include "platform/region.h"

namespace ringwire {

class WriterEndpoint;

class WriterLink final : public Link {
public:
	explicit WriterLink(WriterEndpoint& writer) : writer_(writer) {}
	[[nodiscard]] Status greeted(const WireHello& hello) override;
	[[nodiscard]] Answer received(WireType type, const void* message, size_t length, ReceivedHandle& handle) override;
	[[nodiscard]] State parted() override;
	void count(LinkCounts& counts) const override;
	void abandoning() override;
	// Messages in the pool that the reader keeps.
	[[nodiscard]] uint64_t pinned() const;

	// In the lane's reckoning it counts as a reader that holds it back.
	[[nodiscard]] bool holds() const { return holds_back && (is(State::kOpen) || is(State::kAgreed)); }

	RegionView memory;
	std::optional<CursorView> cursor; // from kAgreed on
	std::optional<PinView> pins;      // the same, if the writer has a pool
	bool awaits_mapped = false;       // in kSharing: the pool is sent
	Bell bell;
	uint64_t start = 0; // the first sequence number that it may read
	bool holds_back = false;
	bool from_newest = false; // it starts with the first message after the handshake

private:
	WriterEndpoint& writer_;
};

struct WriterCounts {
	uint64_t messages = 0;
	uint64_t bytes = 0;
	uint64_t dropped = 0;
};

class WriterEndpoint final : public Endpoint, private PoolReaders, private PoolUser {
public:
	// kShutDown: the channel was, and this writer has not left yet. kClosed: it has ended or left.
	// kNoMemory: the lane could not be allocated any further, see `shortage`. A later call may succeed.
	// kBusy: a loan is open.
	enum class Written : int8_t { kFull, kAccepted, kDropped, kClosed, kShutDown, kTooLarge, kNoMemory, kBusy };
	struct BatchWritten {
		Written written = Written::kAccepted; // or why none can be: kClosed, kShutDown, kNoMemory, kBusy
		uint32_t accepted = 0;                // of `block` the first ones
	};

	WriterEndpoint(const Contract& contract, const LaneGeometry& geometry);
	~WriterEndpoint() override;

	// Before it is opened: its messages may be in this pool, which all its readers map. kMismatch: the pool has writers of another group.
	[[nodiscard]] Status use_pool(std::shared_ptr<SharedPool> pool);
	[[nodiscard]] Status open();
	// One direction of a duplex connection: the lane goes to the reader at the other end of the socket, which is taken over.
	[[nodiscard]] Status open_on(LinkEnd& end, const Peer& reader);

	[[nodiscard]] Written try_write(const MessageParts& message);
	[[nodiscard]] Written try_write(const std::byte* message, uint64_t length);
	// Message i is slab[ends[i - 1] .. ends[i]]; the caller checked that ends only grow and stay inside. Published together,
	// rung once.
	[[nodiscard]] BatchWritten try_write_batch(const std::byte* slab, const uint32_t* ends, uint32_t count);
	// Makes room for one message of up to `length` bytes and keeps it until `commit_loan` or `abort_loan`, so that the commit never lacks
	// room. All other writes are kBusy meanwhile. kFull: there is no room now, under every policy. With `in_lane` the message is made in the
	// memory of the lane, at `loan_memory`. Only for lanes whose readers hold back, because others could see the message while it is made.
	[[nodiscard]] Written try_loan(uint64_t length, bool in_lane);
	[[nodiscard]] std::byte* loan_memory() const { return loan_memory_; }
	// Publishes the first `length` bytes, which are not more than the loan has: those at `loan_memory`, or else `bytes`. The loan is over,
	// whatever the result is.
	[[nodiscard]] Written commit_loan(uint64_t length, const std::byte* bytes);
	// The loan is over, and nothing of it is published. Does nothing without a loan.
	void abort_loan();
	// A message in the pool. The caller allocates its chunk and keeps it; it is released after `put_from_pool` or instead. A descriptor is kept
	// first, so that the put never lacks room, and given back instead of the put. kFull under every policy that holds back.
	[[nodiscard]] Written keep_descriptor();
	void give_back_descriptor();
	// Publishes the first `length` bytes of the chunk. The descriptor is used up, whatever the result is.
	[[nodiscard]] Written put_from_pool(uint32_t chunk, uint64_t length);
	[[nodiscard]] SharedPool* pool() const { return pool_.get(); }
	// As want_space, for a chunk of that length in the pool: `service` answers kWakeRoom.
	[[nodiscard]] bool want_room(uint64_t length);
	void cancel_room() { pool_->cancel_room(*this); }
	// As want_space, for a loan in the pool: for what it lacks, a descriptor or a chunk of that length.
	[[nodiscard]] bool want_loan(uint64_t length);
	[[nodiscard]] uint64_t room();
	// Why the last write was kNoMemory.
	[[nodiscard]] const Status& shortage() const { return shortage_; }

	// True: so it is now. False: `service` answers kWakeSpace or kWakeDrained once when it is. A writer that has left needs no wait. After a
	// shutdown there is nothing to wait for either: a write fails at once, and messages that are unread then stay unread for this writer.
	[[nodiscard]] bool want_space(uint64_t length);
	[[nodiscard]] bool want_drained();
	void cancel_space();
	void cancel_drained();
	[[nodiscard]] bool wait_space(uint64_t length, uint64_t deadline);

	// Published messages, and their bytes, that the slowest reader that holds back has not read, or the first to come.
	[[nodiscard]] uint64_t unread();
	[[nodiscard]] uint64_t unread_bytes(); // 0 after leaving
	// Linked readers that hold the lane back.
	[[nodiscard]] uint64_t holders() const;
	void end();
	[[nodiscard]] const WriterCounts& counts() const { return counts_; }
	[[nodiscard]] uint64_t mapped_bytes() const override { return region_.allocated(); }

private:
	friend WriterLink;

	[[nodiscard]] uint32_t progress() override;
	void prepare_hello(WireHello& hello) override;
	// The questions of the pool.
	[[nodiscard]] uint64_t retirable_below() override;
	[[nodiscard]] bool keeps_messages() const override {
		return limited_ || self_.contract.overflow == Overflow::kLatest;
	}
	[[nodiscard]] bool collect_pins(std::vector<uint64_t>& sequences) override;
	void arm_for_room() override;
	void room_is_there() override;
	[[nodiscard]] bool is_over() const override { return closed(); }
	void describe(WireReport& report) override;
	void leaving() override;
	// All messages below it were read by every reader that is linked now, also by those that hold nothing back.
	[[nodiscard]] uint64_t read_by_all();
	void pool_changed();

	// Allocates the whole lane, or its first part.
	[[nodiscard]] Status make_lane(bool whole);
	// Allocates as much of the lane as messages of so many bytes together need. False: `shortage_` is the reason.
	[[nodiscard]] bool reserve(uint64_t bytes);
	[[nodiscard]] bool has_memory_for(uint64_t bytes) {
		return region_.allocated() == region_.bytes() || reserve(bytes);
	}
	// Maps the reader's cursor. Sends the pool, or the lane if there is none.
	[[nodiscard]] Status take_cursor(WriterLink& link, OsHandle cursor);
	// Determines the reader's first message, and sends the lane.
	[[nodiscard]] Status welcome(WriterLink& link);
	[[nodiscard]] bool closed() const { return self_.over() || ended_; }
	[[nodiscard]] Written why_closed() const { return left() || ended_ ? Written::kClosed : Written::kShutDown; }
	[[nodiscard]] bool fits(uint64_t length);
	void refresh_tail();
	// Whether a reader that was on the channel before this writer, and so gets its first message, is still in its handshake.
	[[nodiscard]] bool awaits_readers() const;
	void ring_sleepers();
	// kAccepted: a message of that length can be put now. kFull under every policy if there is no room.
	[[nodiscard]] Written check_room(uint64_t length);
	// The result for a message that cannot be put for this reason. It counts as dropped where the policy drops it.
	[[nodiscard]] Written refuse(Written reason);
	// One message has been put.
	void published(uint64_t length);
	[[nodiscard]] bool drained();
	// Publishes what the writer waits for. True: no need to wait, something of it is there already.
	[[nodiscard]] bool arm();
	[[nodiscard]] bool settle(std::optional<uint64_t>& wish, bool come_true);
	void cancel(std::optional<uint64_t>& wish);
	[[nodiscard]] uint32_t take_fulfilled();

	LinksOf<WriterLink, WriterEndpoint> links_{*this};
	LaneGeometry geometry_;
	Region region_;
	std::optional<LaneWriter> lane_;
	std::shared_ptr<SharedPool> pool_;
	std::optional<PoolLane> in_pool_; // if there is a pool
	bool has_room_ = false;           // `service` answers kWakeRoom
	bool has_unknown_reader_ = false; // one reads on whose link is closed, so no chunk is free any more
	bool limited_;
	bool ended_ = false;
	uint64_t passed_ = 0; // everything below was read by the readers that were not awaited
	uint64_t tail_ = 0;   // everything below may be overwritten; of a lane without limit never looked at
	std::optional<uint64_t> wanted_space_;
	std::optional<uint64_t> wanted_drained_; // the sequence number up to which everything is to be read
	WriterCounts counts_;
	Status shortage_;
	bool on_loan_ = false;
	std::byte* loan_memory_ = nullptr; // of a loan in the lane
};

} // namespace ringwire
