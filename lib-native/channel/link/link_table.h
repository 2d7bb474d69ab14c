// The links of an endpoint. Links are added at any time, also while a loop runs over the table, and destroyed at the end of a round of
// service only: until then a link that is gone stays where it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "channel/link/link.h"
#include "core/limits.h"

namespace ringwire {

// Runs over a table that may grow meanwhile.
template <class Table>
class GrowingRange {
public:
	struct End {};
	class Iterator {
	public:
		Iterator(Table& table, size_t index) : table_(table), index_(index) {}
		auto& operator*() const { return table_.at(index_); }
		Iterator& operator++() {
			index_ += 1;
			return *this;
		}
		bool operator!=(End) const { return index_ < table_.slots(); }

	private:
		Table& table_;
		size_t index_;
	};

	explicit GrowingRange(Table& table) : table_(table) {}
	[[nodiscard]] Iterator begin() const { return {table_, 0}; }
	[[nodiscard]] End end() const { return {}; }

private:
	Table& table_;
};

// The interface for the parts of an endpoint that are the same in all roles.
class LinkTable {
public:
	LinkTable() = default;
	LinkTable(const LinkTable&) = delete;
	LinkTable& operator=(const LinkTable&) = delete;
	virtual ~LinkTable() = default;

	// A link that was just accepted.
	virtual Link& add() = 0;
	virtual void clear() = 0;
	[[nodiscard]] virtual Link& at(size_t index) = 0;
	[[nodiscard]] virtual size_t slots() const = 0;
	[[nodiscard]] GrowingRange<LinkTable> all() { return GrowingRange<LinkTable>(*this); }

	[[nodiscard]] size_t count(Link::State state) const { return census_[static_cast<size_t>(state)]; }
	// Those that are not gone.
	[[nodiscard]] size_t size() const { return slots() - count(Link::State::kGone); }
	[[nodiscard]] bool full() const { return size() >= kLinksMax; }
	[[nodiscard]] size_t in_handshake() const {
		size_t sum = 0;
		for (auto state = Link::State::kDialling; state < Link::State::kOpen;
		     state = static_cast<Link::State>(static_cast<uint8_t>(state) + 1)) {
			sum += count(state);
		}
		return sum;
	}
	void forget_gone() {
		if (count(Link::State::kGone) != 0) {
			destroy_gone();
			census_[static_cast<size_t>(Link::State::kGone)] = 0;
		}
	}

protected:
	virtual void destroy_gone() = 0;

	Link::Census census_{};
};

// The links of one role, made for their owner.
template <class RoleLink, class Owner>
class LinksOf final : public LinkTable {
public:
	explicit LinksOf(Owner& owner) : owner_(owner) {}

	RoleLink& add() override {
		links_.push_back(std::make_unique<RoleLink>(owner_));
		links_.back()->enroll(census_);
		return *links_.back();
	}
	void clear() override {
		links_.clear();
		census_ = {};
	}
	[[nodiscard]] RoleLink& at(size_t index) override { return *links_[index]; }
	[[nodiscard]] const RoleLink& at(size_t index) const { return *links_[index]; }
	[[nodiscard]] size_t slots() const override { return links_.size(); }
	[[nodiscard]] GrowingRange<LinksOf> all() { return GrowingRange<LinksOf>(*this); }
	[[nodiscard]] GrowingRange<const LinksOf> all() const { return GrowingRange<const LinksOf>(*this); }
	template <class Condition>
	[[nodiscard]] bool any(const Condition& condition) const {
		return std::any_of(links_.begin(), links_.end(), [&](const auto& link) { return condition(*link); });
	}

private:
	void destroy_gone() override {
		std::erase_if(links_, [](const auto& link) { return link->is(Link::State::kGone); });
	}

	Owner& owner_;
	std::vector<std::unique_ptr<RoleLink>> links_;
};

} // namespace ringwire
