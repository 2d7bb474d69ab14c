// The reading end of a lane. All loads of memory that a writer can change at any time are in this class. A word is loaded once
// into a local variable, checked, and then used. A payload is copied first, and used only if it did not change meanwhile. The
// same path serves readers that hold the writer back and readers that do not.
#pragma once

#include "core/layout.h"
#include "core/shared_copy.h"

namespace ringwire {

// A private, checked copy of a descriptor.
struct Message {
	uint64_t position;
	uint64_t send_time;
	uint32_t length;
	uint64_t pool_offset; // 0: its bytes are in the lane
};

enum class ReadOutcome {
	kMessage,
	kEmpty,
	kLapped,  // the writer has overwritten the message: call skip_lapped
	kCorrupt, // the words in the lane contradict each other: close the link
};

class LaneReader {
public:
	// `geometry` comes from `inspect`. `memory` has geometry.lane_bytes() bytes. Reads from the sequence `start` on.
	LaneReader(const std::byte* memory, const LaneGeometry& geometry, uint64_t start, bool holds_back);

	// Reads the geometry of a received lane. False unless it has this layout and fills `bytes` exactly.
	[[nodiscard]] static bool inspect(const std::byte* memory, uint64_t bytes, LaneGeometry& geometry);

	// The writer's pool. `geometry` comes from PoolReader::inspect. Without one a message that is not in the lane is corrupt.
	void use_pool(const std::byte* memory, const PoolGeometry& geometry) {
		pool_ = memory;
		pool_geometry_ = geometry;
	}

	// The sequence of the message that is read next.
	[[nodiscard]] uint64_t next() const { return next_; }
	[[nodiscard]] uint64_t published() const { return published_; }
	[[nodiscard]] const LaneGeometry& geometry() const { return geometry_; }
	[[nodiscard]] bool holds_back() const { return holds_back_; }

	// Loads the published sequence. False: it went backwards or is too large.
	[[nodiscard]] bool refresh();
	// Finds the next message and does not advance. `message` stays valid until `take` or a skip.
	[[nodiscard]] ReadOutcome locate(Message& message);
	// Copies the located message and advances, unless the message was overwritten meanwhile.
	[[nodiscard]] ReadOutcome take(const Message& message, std::byte* target);
	// The bytes of the located message, which the writer may overwrite unless this reader holds back or has pinned it.
	[[nodiscard]] const std::byte* bytes_of(const Message& message) const {
		return message.pool_offset != 0 ? pool_ + message.pool_offset
		                                : payload_ + (message.position & (geometry_.capacity - 1));
	}
	// Whether the descriptor of the located message is still that of the message.
	[[nodiscard]] bool has_descriptor() const {
		// Relaxed: the fence before it orders it, in `take` and in PoolReader::pin.
		return descriptor(next_).stamp.load(std::memory_order_relaxed) == next_ + 1;
	}
	// Advances without a copy.
	void pass() { next_ += 1; }
	// Advances and leaves the located message where it is. Only for a reader that holds back: the writer keeps it until the cursor has passed it.
	[[nodiscard]] ReadOutcome lend(const Message& message);
	// Where the payload of a message begins in the lane's memory.
	[[nodiscard]] uint64_t offset_of(const Message& message) const {
		return geometry_.payload_offset() + (message.position & (geometry_.capacity - 1));
	}
	// Continues in the middle of the intact messages. Returns the number of skipped messages, at least 1.
	[[nodiscard]] uint64_t skip_lapped();
	// The number of messages from `next` on that were published at the last refresh and are still intact.
	[[nodiscard]] uint64_t unread() const;
	// Continues at the newest message. Returns the number of skipped messages.
	[[nodiscard]] uint64_t skip_to_newest();

	enum class End { kOpen, kEnded, kCorrupt };
	[[nodiscard]] End end() const;

	// The epoch in which the writer sleeps until a cursor reaches `sequence`. Even: it does not sleep.
	[[nodiscard]] uint64_t wanted(uint64_t& sequence) const;

private:
	[[nodiscard]] bool plausible(const Message& message, uint32_t flags) const;
	[[nodiscard]] bool intact(uint64_t sequence) const;
	// The first sequence from `from` on whose message is intact, or `published_`.
	[[nodiscard]] uint64_t first_intact(uint64_t from) const;
	[[nodiscard]] const Descriptor& descriptor(uint64_t sequence) const {
		return descriptors_[sequence & (geometry_.depth - 1)];
	}

	const LaneControl* control_;
	const Descriptor* descriptors_;
	const std::byte* payload_;
	const std::byte* pool_ = nullptr;
	LaneGeometry geometry_;
	PoolGeometry pool_geometry_;
	uint64_t next_;
	uint64_t published_;
	bool holds_back_;
};

} // namespace ringwire
