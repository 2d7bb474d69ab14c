// The writing end of a lane: places messages and publishes them. It never waits and never loads a cursor. The caller passes
// `tail`: messages below that sequence may be overwritten.
#pragma once

#include "core/layout.h"
#include "core/shared_copy.h"

namespace ringwire {

// The bytes of a message in private memory: `head` and `body` behind it. Most messages have no body.
struct MessageParts {
	const std::byte* head = nullptr;
	uint64_t head_length = 0;
	const std::byte* body = nullptr;
	uint64_t body_length = 0;

	[[nodiscard]] uint64_t length() const { return head_length + body_length; }
};

class LaneWriter {
public:
	// Lays out a fresh lane in zeroed memory of `geometry.lane_bytes()` bytes, aligned to a page.
	LaneWriter(std::byte* memory, const LaneGeometry& geometry, uint64_t writer_id, CopyKind copy_kind);

	// The sequence of the message that is written next.
	[[nodiscard]] uint64_t next() const { return next_; }
	[[nodiscard]] uint64_t published() const { return published_; }
	[[nodiscard]] const LaneGeometry& geometry() const { return geometry_; }

	// Keeps a descriptor for a message that will be put later, after `give_back_descriptor`. Precondition: a message without bytes fits.
	void keep_descriptor() { kept_ += 1; }
	void give_back_descriptor() { kept_ -= 1; }
	// Whether a message of `length` bytes fits without overwriting a message at or above `tail`. Kept descriptors count as taken.
	[[nodiscard]] bool fits(uint64_t tail, uint64_t length) const;
	// The longest message that fits.
	[[nodiscard]] uint64_t room(uint64_t tail) const;
	// Payload bytes, gaps included, between `tail` and the newest message.
	[[nodiscard]] uint64_t bytes_since(uint64_t tail) const;
	// The bytes of the lane, from its start, that have to exist before messages of `length` bytes together are put.
	[[nodiscard]] uint64_t extent_with(uint64_t length) const;
	// The lowest tail at which `length` bytes fit and a quarter of the bytes and half of the messages are free too, so that a
	// waiting writer is not woken for every slot. Not more than half: a reader that waits until the lane is full and then takes
	// all messages at once would deadlock with the writer. Only a quarter of the bytes: with few large messages the reader has
	// some left while the writer makes the next one.
	[[nodiscard]] uint64_t tail_worth_waking_for(uint64_t tail, uint64_t length) const;
	// The sequence of the oldest message that no later one has overwritten.
	[[nodiscard]] uint64_t oldest_intact() const;

	// Precondition of put and reserve: length <= message_max, and the message fits above the tail that the caller keeps.
	void put(const MessageParts& message, uint64_t send_time);
	void put(const std::byte* message, uint32_t length, uint64_t send_time);
	// The memory of the next message, for the caller to fill. `commit` or `abort` must follow before another message.
	[[nodiscard]] std::byte* reserve(uint32_t length);
	// The message has been filled. `length` is at most the reserved one. It is visible after `publish`.
	void commit(uint32_t length, uint64_t send_time);
	// Gives the reservation up. Its payload stays marked as overwritten: a reader that does not hold back loses the messages that were there.
	void abort();
	[[nodiscard]] bool has_reserved() const { return reserved_; }
	// A message whose bytes are at that offset of the writer's pool. It takes a descriptor and no room for payload. A reserved message is put
	// behind it.
	void put_in_pool(uint64_t offset, uint32_t length, uint64_t send_time);
	// Takes the descriptors of the messages below `sequence`, which are published, from readers that do not hold back: they lose them. The
	// caller executes a full fence before it looks at the pins.
	void retire_below(uint64_t sequence);
	// Whether a later message has taken the descriptor of this one.
	[[nodiscard]] bool has_lost_descriptor(uint64_t sequence) const {
		return next_ + (busy_ ? 1 : 0) - sequence > geometry_.depth;
	}
	// Makes all messages that were put visible.
	void publish();
	void end();

	// Announces to the readers that this writer sleeps until a cursor reaches `sequence`. Before it sleeps, the caller
	// executes a full fence and looks at the cursors again.
	void want(uint64_t sequence);
	void unwant();

private:
	// Takes the memory from `position` on from older messages, whose readers must notice before a byte of it is written.
	std::byte* take_over(uint64_t position, uint32_t length);
	// The payload is complete. The next one begins behind `end`.
	void complete(uint64_t position, uint64_t end, uint32_t length, uint32_t flags, uint64_t send_time);
	[[nodiscard]] uint64_t position_of(uint64_t sequence) const;
	[[nodiscard]] uint64_t place(uint64_t length) const;

	LaneControl* control_;
	Descriptor* descriptors_;
	std::byte* payload_;
	LaneGeometry geometry_;
	CopyKind copy_kind_;
	uint32_t publish_every_;
	uint64_t next_ = 0;
	uint64_t published_ = 0;
	uint64_t kept_ = 0;     // descriptors
	uint64_t retired_ = 0;  // messages below have the busy stamp, or have lost their descriptor
	uint64_t position_ = 0; // where the next payload may start
	uint64_t intent_ = 0;   // as in shared memory: it never goes back
	uint64_t reserved_position_ = 0;
	bool reserved_ = false;
	bool busy_ = false; // the descriptor of the next message has the busy stamp
	uint64_t want_epoch_ = 0;
};

} // namespace ringwire
