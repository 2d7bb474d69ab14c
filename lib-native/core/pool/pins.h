// The two sides of the pins of a link: the reader that owns them, and the writer that looks at them before it uses a chunk of its pool again.
// They lie in the page of the link's cursor. PoolReader::pin and PoolWriter::free_unpinned have the fences around them.
#pragma once

#include <bit>
#include <cassert>
#include <new>
#include <optional>
#include <vector>

#include "core/layout.h"
#include "core/step.h"

namespace ringwire {

// The reader's side. It takes the lowest free word, so that the writer finds the others in its own cache.
class PinOwner {
public:
	// `cursor`: zeroed, also after a Cursor was made in it. A model has fewer words.
	explicit PinOwner(std::byte* cursor, uint32_t count = kPinsMax) : words_(words_of(cursor)), count_(count) {
		for (uint32_t i = 0; i < count; ++i) {
			new (words_ + i) SharedU64{0};
		}
	}

	// The word that pins the message from now on. None: all are in use.
	[[nodiscard]] std::optional<uint32_t> set(uint64_t sequence) {
		const std::optional<uint32_t> slot = first_free();
		if (slot) {
			taken_[*slot / 64] |= uint64_t{1} << (*slot % 64);
			in_use_ += 1;
			// Release: pairs with the acquire in PinView::collect, as the release in `clear`. A writer that sees this value in place of the 0
			// before it is also behind the reads of the message that was pinned here before.
			words_[*slot].store(sequence + 1, std::memory_order_release);
			RINGWIRE_STEP("pool: pin stored");
		}
		return slot;
	}
	void clear(uint32_t slot) {
		assert((taken_[slot / 64] >> (slot % 64) & 1) != 0);
		taken_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
		in_use_ -= 1;
		// Release: pairs with the acquire in PinView::collect. The reads of the message happened before the writer overwrites it.
		words_[slot].store(0, std::memory_order_release);
		RINGWIRE_STEP("pool: pin cleared");
	}
	[[nodiscard]] uint32_t in_use() const { return in_use_; }

private:
	static SharedU64* words_of(std::byte* cursor) { return reinterpret_cast<SharedU64*>(cursor + kPinsOffset); }
	[[nodiscard]] std::optional<uint32_t> first_free() const {
		for (uint32_t i = 0; i * 64 < count_; ++i) {
			const auto slot = i * 64 + static_cast<uint32_t>(std::countr_one(taken_[i]));
			if (slot < (i + 1) * 64) {
				return slot < count_ ? std::optional(slot) : std::nullopt;
			}
		}
		return std::nullopt;
	}

	SharedU64* words_;
	uint32_t count_;
	uint32_t in_use_ = 0;
	uint64_t taken_[(kPinsMax + 63) / 64] = {};
};

// The writer's side.
class PinView {
public:
	// `start`: the first message that the reader can have.
	PinView(const std::byte* cursor, uint64_t start, uint32_t count = kPinsMax)
		: words_(reinterpret_cast<const SharedU64*>(cursor + kPinsOffset)), start_(start), count_(count) {}

	// Appends the pinned sequences. False: a word pins a message that the reader cannot have.
	[[nodiscard]] bool collect(uint64_t published, std::vector<uint64_t>& sequences) const {
		for (uint32_t i = 0; i < count_; ++i) {
			// Acquire: pairs with the release in PinOwner::clear and set.
			const uint64_t pin = words_[i].load(std::memory_order_acquire);
			if (pin == 0) {
				continue;
			}
			if (pin <= start_ || pin > published) {
				return false;
			}
			sequences.push_back(pin - 1);
		}
		RINGWIRE_STEP("pool: pins loaded");
		return true;
	}

private:
	const SharedU64* words_;
	uint64_t start_;
	uint32_t count_;
};

} // namespace ringwire
