// The writing end of a pool: chunks of shared memory for messages of one or more lanes, made in place, published in any order and used again
// when no reader can need them. It never waits.
//
// A message is *retired* when its descriptor is taken from it, so that no reader can begin to read it. Messages are retired in the order of
// their sequences, each lane's for itself, and only if there is no other room. A chunk is free when every message in it is retired and no
// reader has pinned one of them:
//
//   writer                                 reader
//     descriptor's stamp = busy              pin = sequence + 1
//     full fence                  <->        full fence
//     pin of that message? keep the chunk    stamp still that of the message? read; else clear the pin
//
// The later of the two fences in their single total order sees the store of the other side.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/lane_writer.h"
#include "core/pool/pool_allocator.h"
#include "core/wake.h"

namespace ringwire {

class PoolLane;

class PoolWriter {
public:
	// Lays out a fresh pool in zeroed memory of `geometry.bytes` bytes, aligned to a page.
	PoolWriter(std::byte* memory, const PoolGeometry& geometry, uint64_t pool_id);
	PoolWriter(const PoolWriter&) = delete;
	PoolWriter& operator=(const PoolWriter&) = delete;

	// A chunk for a message of up to `length` bytes, at most message_max. None: there is no room now, because messages are not read yet or
	// are pinned. `release` must follow, also after PoolLane::put.
	[[nodiscard]] std::optional<uint32_t> allocate(uint64_t length);
	// Gives back what a message of `length` bytes does not need. Before the chunk is put.
	void shrink(uint32_t chunk, uint64_t length);
	void release(uint32_t chunk);
	[[nodiscard]] std::byte* memory(uint32_t chunk) const { return memory_ + offset(chunk); }
	// From the beginning of the region.
	[[nodiscard]] uint64_t offset(uint32_t chunk) const { return kChunksOffset + uses_[chunk].chunk.offset; }

	[[nodiscard]] const PoolGeometry& geometry() const { return geometry_; }
	// Bytes that no message and no loan has. Retired messages count as long as no allocation needs their room.
	[[nodiscard]] uint64_t free_bytes() const { return allocator_.free_bytes(); }

	// Announces to the readers that the writer sleeps until a pin goes. Before it sleeps, the caller tries to allocate again, which has the
	// full fence that the wake protocol needs here.
	void want() { sleeper_.arm(); }
	void unwant() { sleeper_.disarm(); }

private:
	friend PoolLane;

	struct Use {
		Chunk chunk;
		uint32_t holders = 0; // a loan, and lanes; 0: it is in unused_
		uint64_t taken = 0;   // chunks that were taken before it
	};

	// The part of its bytes that counts for one of its holders.
	[[nodiscard]] uint64_t share_of(uint32_t chunk) const {
		const Use& use = uses_[chunk];
		return (use.chunk.bytes + use.holders - 1) / use.holders;
	}
	[[nodiscard]] std::optional<uint32_t> take(uint64_t length);
	// Whether the messages that may be retired have this many bytes, without those that are pinned now. A pin may come or go meanwhile, so it
	// only avoids that messages are retired in vain.
	[[nodiscard]] bool may_make_room(uint64_t bytes);
	// As `release`, for the last message in it.
	void give_back(uint32_t chunk);
	// There may be room that was not there before, without a message of a lane that holds nothing back being retired.
	void has_changed() { hopeless_bytes_ = UINT64_MAX; }
	// Retires the oldest messages until `bytes` may become free. False: none can be retired.
	[[nodiscard]] bool retire(uint64_t bytes);
	void free_unpinned();

	std::byte* memory_;
	PoolControl* control_;
	PoolGeometry geometry_;
	PoolAllocator allocator_;
	Sleeper sleeper_;
	std::vector<Use> uses_;
	std::vector<uint32_t> unused_; // elements of uses_
	std::vector<PoolLane*> lanes_;
	uint64_t puts_ = 0; // on all lanes
	// Everything that could be retired was, and there was no room of so many bytes. More messages are not retired for it in vain.
	uint64_t hopeless_bytes_ = UINT64_MAX;
	uint64_t hopeless_since_ = 0; // chunks that had been taken then
	uint64_t taken_ = 0;
};

// The readers of a lane, for its pool.
class PoolReaders {
public:
	// Messages below may be retired. On a lane whose readers hold back, those below their positions. They are loaded with acquire here, and
	// thus before `collect_pins`: a reader that trades its position for a pin stores the pin first. Of `latest` never the newest.
	[[nodiscard]] virtual uint64_t retirable_below() = 0;
	// Whether messages are kept from being retired, so that there may be more room whenever the limit above advances.
	[[nodiscard]] virtual bool keeps_messages() const { return true; }
	// Appends what PinView::collect finds in every mapped cursor, also that of a reader in its handshake. False: the readers are not known any
	// more, so no chunk of the lane is free.
	[[nodiscard]] virtual bool collect_pins(std::vector<uint64_t>& sequences) = 0;

protected:
	~PoolReaders() = default;
};

// The messages of one lane that are in a pool.
class PoolLane {
public:
	PoolLane(PoolWriter& pool, LaneWriter& lane, PoolReaders& readers);
	PoolLane(const PoolLane&) = delete;
	PoolLane& operator=(const PoolLane&) = delete;
	// Afterwards nothing is known of the readers of the lane. The chunks of messages that are not read, or pinned, stay in use as long as
	// the pool exists.
	~PoolLane();

	// The next message of the lane is the first `length` bytes of the chunk. Precondition: LaneWriter::fits without bytes. Visible after
	// LaneWriter::publish.
	void put(uint32_t chunk, uint32_t length, uint64_t send_time);

	// Retires the messages below that sequence, which is at most the published one, and gives back the chunks of those that are not pinned.
	void retire_below(uint64_t sequence);

	// The position of the readers at which the next chunk of the lane may become free. None: the lane has no more.
	[[nodiscard]] std::optional<uint64_t> next_release() const {
		return entries_.empty() ? std::nullopt : std::optional(entries_.front().sequence + 1);
	}

private:
	friend PoolWriter;

	struct Entry {
		uint64_t sequence;
		uint64_t put; // its place among the messages of all lanes
		uint32_t chunk;
		bool was_pinned = false;
	};

	// Loads what may be retired. Messages that have lost their descriptor are.
	void look();
	[[nodiscard]] const Entry* oldest() const {
		return !entries_.empty() && entries_.front().sequence < limit_ ? &entries_.front() : nullptr;
	}
	void retire_oldest();
	void free_unpinned();
	// Adds the bytes of chunks that would be free if messages were retired, until there are `bytes`.
	void add_retirable(uint64_t bytes, uint64_t& sum);
	// Loads the pins. False: nothing is known of them.
	[[nodiscard]] bool look_at_pins();
	[[nodiscard]] bool is_pinned(const Entry& entry) const;

	PoolWriter& pool_;
	LaneWriter& lane_;
	PoolReaders& readers_;
	uint64_t limit_ = 0;
	std::deque<Entry> entries_;    // not retired
	std::vector<Entry> retired_;   // their chunks may be pinned
	std::vector<uint64_t> pinned_; // of the last look, sorted
};

} // namespace ringwire
