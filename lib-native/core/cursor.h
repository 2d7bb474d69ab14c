// The two sides of a cursor: the reader that owns it, and the writer that checks its values.
#pragma once

#include <new>

#include "core/layout.h"
#include "core/step.h"

namespace ringwire {

// The reader's side.
class CursorOwner {
public:
	CursorOwner(std::byte* memory, uint64_t sequence) : cursor_(new (memory) Cursor{}) {
		cursor_->sequence.store(sequence, std::memory_order_relaxed); // not shared yet
	}

	// The reader has finished with every message below `sequence`.
	void advance(uint64_t sequence) {
		// Release: pairs with the acquire in CursorView::refresh. The copies of those messages are complete.
		cursor_->sequence.store(sequence, std::memory_order_release);
		RINGWIRE_STEP("advance: sequence stored");
	}
	[[nodiscard]] SharedU64& asleep_epoch() { return cursor_->asleep_epoch; }

private:
	Cursor* cursor_;
};

// The writer's side. Keeps a private copy of the last sequence that it accepted.
class CursorView {
public:
	CursorView(const std::byte* memory, uint64_t start)
		: cursor_(reinterpret_cast<const Cursor*>(memory)), sequence_(start) {}

	// False: the sequence went backwards or past `published`.
	[[nodiscard]] bool refresh(uint64_t published) {
		// Acquire: pairs with the release in CursorOwner::advance; the reader's copies happened before the writer overwrites.
		const uint64_t sequence = cursor_->sequence.load(std::memory_order_acquire);
		RINGWIRE_STEP("tail: sequence loaded");
		if (sequence < sequence_ || sequence > published) {
			return false;
		}
		sequence_ = sequence;
		return true;
	}
	[[nodiscard]] uint64_t sequence() const { return sequence_; }
	[[nodiscard]] const SharedU64& asleep_epoch() const { return cursor_->asleep_epoch; }

private:
	const Cursor* cursor_;
	uint64_t sequence_;
};

} // namespace ringwire
