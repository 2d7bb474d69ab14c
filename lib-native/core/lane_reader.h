// The reading end of a lane. Memory that the writer can change at any time is read here and nowhere else: every word is
// loaded once into a local, checked, and only then used; a payload is copied first and believed only when it is certain
// that it did not change meanwhile. One path serves readers that hold the writer back and those that do not.
#pragma once

#include "core/layout.h"
#include "core/shared_copy.h"

namespace ringwire {

// A private, checked copy of a descriptor.
struct Message {
	uint64_t position;
	uint64_t send_time;
	uint32_t length;
};

enum class ReadOutcome {
	kMessage,
	kEmpty,
	kLapped,  // the writer has overwritten it: call skip_lapped
	kCorrupt, // the writer's words contradict each other: the link must go
};

class LaneReader {
public:
	// `geometry` was read from the header once and found valid; `memory` has geometry.lane_bytes() bytes.
	LaneReader(const std::byte* memory, const LaneGeometry& geometry, uint64_t start, bool holds_back);

	// Reads the geometry of a lane that somebody handed us; false unless it is of this layout and fills `bytes` exactly.
	[[nodiscard]] static bool inspect(const std::byte* memory, uint64_t bytes, LaneGeometry& geometry);

	// Everything below is done with; the sequence number of the message that is read next.
	[[nodiscard]] uint64_t next() const { return next_; }
	[[nodiscard]] uint64_t published() const { return published_; }
	[[nodiscard]] const LaneGeometry& geometry() const { return geometry_; }
	[[nodiscard]] bool holds_back() const { return holds_back_; }

	// Loads what the writer has published. False: it lied.
	[[nodiscard]] bool refresh();
	// Finds the next message without moving on. A message stays valid until `take` or a skip.
	[[nodiscard]] ReadOutcome locate(Message& message);
	// Copies the message that was just located and moves on, unless it was overwritten meanwhile.
	[[nodiscard]] ReadOutcome take(const Message& message, std::byte* target);
	// Goes on at the middle of what is still there. Returns how many sequence numbers it skipped, at least 1.
	[[nodiscard]] uint64_t skip_lapped();
	// Messages from `next` on that were published when it was last looked, and have not been overwritten.
	[[nodiscard]] uint64_t unread() const;
	// Goes on at the newest message. Returns how many it skipped.
	[[nodiscard]] uint64_t skip_to_newest();

	enum class End { kOpen, kEnded, kCorrupt };
	[[nodiscard]] End end() const;

	// The epoch in which the writer sleeps until a cursor reaches `sequence`. Even: it does not sleep.
	[[nodiscard]] uint64_t wanted(uint64_t& sequence) const;

private:
	[[nodiscard]] bool intact(uint64_t sequence) const;
	// The first sequence number from `from` on whose message is intact; `published_` if none is.
	[[nodiscard]] uint64_t first_intact(uint64_t from) const;
	[[nodiscard]] const Descriptor& descriptor(uint64_t sequence) const {
		return descriptors_[sequence & (geometry_.depth - 1)];
	}

	const LaneControl* control_;
	const Descriptor* descriptors_;
	const std::byte* payload_;
	LaneGeometry geometry_;
	uint64_t next_;
	uint64_t published_;
	bool holds_back_;
};

} // namespace ringwire
