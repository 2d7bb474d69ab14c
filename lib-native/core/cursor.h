// The two views of a cursor: the reader that owns it, and the writer that must not believe it.
#pragma once

#include <new>

#include "core/layout.h"
#include "core/step.h"

namespace ringwire {

// The reader's side.
class CursorOwner {
public:
	CursorOwner(std::byte* memory, uint64_t position) : cursor_(new (memory) Cursor{}) {
		cursor_->position.store(position, std::memory_order_relaxed); // nobody else has it yet
	}

	// Everything below `position` is done with.
	void advance(uint64_t position) {
		// Release: pairs with the acquire in CursorView::refresh. Our copies of those messages are complete.
		cursor_->position.store(position, std::memory_order_release);
		RINGWIRE_STEP("advance: position stored");
	}
	[[nodiscard]] SharedU64& asleep_epoch() { return cursor_->asleep_epoch; }

private:
	Cursor* cursor_;
};

// The writer's side, with a private shadow of the highest position that it has accepted.
class CursorView {
public:
	CursorView(const std::byte* memory, uint64_t start)
		: cursor_(reinterpret_cast<const Cursor*>(memory)), position_(start) {}

	// False: the position went backwards or past what was published.
	[[nodiscard]] bool refresh(uint64_t published) {
		// Acquire: pairs with the release in CursorOwner::advance; the reader's copies happened before we overwrite.
		const uint64_t position = cursor_->position.load(std::memory_order_acquire);
		RINGWIRE_STEP("tail: position loaded");
		if (position < position_ || position > published) {
			return false;
		}
		position_ = position;
		return true;
	}
	[[nodiscard]] uint64_t position() const { return position_; }
	[[nodiscard]] const SharedU64& asleep_epoch() const { return cursor_->asleep_epoch; }

private:
	const Cursor* cursor_;
	uint64_t position_;
};

} // namespace ringwire
