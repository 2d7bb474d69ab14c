// The memory of a pool and the writers that use it: endpoints of one thread, whose readers can all see the whole pool. Any of them may be the
// one whose readers give room back, so a wait for room is a wait of the pool: it arms all lanes, and a ring on any link has it look.
//
// There are two words that the readers look at. One whose position advances rings for the want epoch of its lane, one that unpins rings for
// that of the pool. Each is the wake protocol of core/wake.h with the same look behind it:
//
//   pool                                   reader
//     pool's epoch = odd                     clear a pin               advance the position
//     epoch of each lane = odd               full fence                full fence
//     full fence                  <->        pool's epoch odd: ring    lane's epoch odd, position far enough: ring
//     look at positions, then pins
//
// A ring is drained by the round of service of the writer whose link it came over. That round makes the lane's epoch even, and the pool's if
// there is a wish, before the pool looks: a reader that has rung for the former epoch rings for the next one. No other place makes a lane's epoch
// even while there is a wish, unless such a round follows.
//
// No reader rings for room that this thread makes: a chunk that is released or shrunk, a message that is put, and one of `latest` that is not the
// newest any more. Each of these has the pool look, now or in the next round of service.
#pragma once

#include <optional>
#include <vector>

#include "core/pool/pool_writer.h"
#include "platform/fork.h"
#include "platform/region.h"

namespace ringwire {

// A writer of a pool.
class PoolUser {
public:
	// Has the readers ring when their positions free a chunk.
	virtual void arm_for_room() = 0;
	// There is the room that it waits for.
	virtual void room_is_there() = 0;
	// It has ended or left: nothing to wait for.
	[[nodiscard]] virtual bool is_over() const = 0;

protected:
	~PoolUser() = default;
};

class SharedPool {
public:
	SharedPool() = default;
	SharedPool(const SharedPool&) = delete;
	SharedPool& operator=(const SharedPool&) = delete;

	// Allocates all of it.
	[[nodiscard]] Status create(const PoolGeometry& geometry);
	// Whether a writer whose channel has that group may use it. kMismatch: the pool has had writers of another one.
	[[nodiscard]] Status admit(uint32_t group) const;

	void join(PoolUser& user, uint32_t group) {
		users_.push_back(&user);
		group_ = group;
	}
	void leave(PoolUser& user);
	// True: there is room for a message of that length now. False: room_is_there is called once when there is.
	[[nodiscard]] bool want_room(PoolUser& user, uint64_t length);
	void cancel_room(PoolUser& user);
	[[nodiscard]] bool is_wanted() const { return !wishes_.empty(); }
	[[nodiscard]] bool is_wanted_by(const PoolUser& user) const;
	// Called when a writer was rung, or has lost a reader.
	void look();

	// After `create`. Chunks are allocated, filled and put there. They are given back with the functions below, so that a writer that waits
	// for their room gets it.
	[[nodiscard]] PoolWriter& chunks() { return *chunks_; }
	// As those of PoolWriter.
	void release(uint32_t chunk) {
		chunks_->release(chunk);
		look();
	}
	void shrink(uint32_t chunk, uint64_t length) {
		chunks_->shrink(chunk, length);
		look();
	}
	// Not in a child by fork, which does not have the memory: nothing there may allocate.
	[[nodiscard]] bool is_of_this_process() const { return opener_.is_of_this_process(); }
	// The handle with which a reader of one of the writers maps it read-only.
	[[nodiscard]] OsHandle share() const { return region_.share(); }
	// See Region::keep_range.
	void keep_range() { region_.keep_range(); }
	[[nodiscard]] uint64_t bytes() const { return region_.bytes(); }

private:
	struct Wish {
		PoolUser* user;
		uint64_t length;
	};

	[[nodiscard]] bool has_room(uint64_t length);
	// Fulfils the wishes that have come true.
	void fulfil();
	// The readers are to ring. True: a wish has come true meanwhile.
	[[nodiscard]] bool arm();

	Region region_;
	std::optional<PoolWriter> chunks_;
	std::optional<uint32_t> group_; // of the first writer
	std::vector<PoolUser*> users_;
	std::vector<Wish> wishes_;
	const ProcessMark opener_;
};

} // namespace ringwire
