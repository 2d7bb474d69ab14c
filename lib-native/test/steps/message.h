// The messages of the kill matrix, with writer, number and checksum, and the account of a reader, to which every message and every
// loss must fit.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "test/company.h"
#include "test/steps/ledger.h"
#include "test/steps/report.h"
#include "test/steps/wait_until.h"

namespace ringwire {

struct MessageHead {
	uint32_t tag; // of its writer: a process, or a writer of the parent
	uint32_t reserved;
	uint64_t number;
	uint64_t length;
	uint64_t checksum;
};

// Smaller tags are writers of the parent.
inline constexpr uint32_t kOwnTags = 100;

inline uint64_t checksum_of(const std::string& text) {
	uint64_t sum = 0xcbf2'9ce4'8422'2325;
	for (size_t i = 0; i < text.size(); ++i) {
		const bool is_checksum = i >= offsetof(MessageHead, checksum) && i < sizeof(MessageHead);
		sum = (sum ^ (is_checksum ? 0 : static_cast<unsigned char>(text[i]))) * 0x100'0000'01b3;
	}
	return sum;
}

// Whether the message of a writer that has a pool is in it.
inline bool is_in_pool(uint64_t number) {
	return number % 3 == 1;
}

// Some thousands of bytes, so that a lane of the smallest capacity wraps.
inline std::string make_message(uint32_t tag, uint64_t number) {
	uint64_t state = number * 1000 + tag;
	MessageHead head{tag, 0, number, sizeof head + law::next_random(state) % 5000, 0};
	std::string text(head.length, '\0');
	for (size_t i = sizeof head; i < text.size(); i += 64) {
		text[i] = static_cast<char>(law::next_random(state));
	}
	std::memcpy(text.data(), &head, sizeof head);
	head.checksum = checksum_of(text);
	std::memcpy(text.data(), &head, sizeof head);
	return text;
}

// The messages of one writer at a reader.
struct Received {
	uint64_t first = 0;
	uint64_t next = 0; // the number that follows, if none is lost
	uint64_t count = 0;
};

class Account {
public:
	// `home`: the process of the parent's writers. `late`: it may begin at any number. `leasing`: the ledger of a reader that leases from one writer,
	// which may have a pool.
	Account(TestReader& reader, uint32_t home, bool late, Ledger* leasing = nullptr, bool has_pool = false)
		: reader_(reader), home_(home), late_(late), leasing_(leasing), has_pool_(has_pool) {}
	~Account() { release_all(); }
	Account(const Account&) = delete;
	Account& operator=(const Account&) = delete;

	// Reads one batch if there was a reason: a message at once, or a wake-up. Never without one, so that a lost wake-up is a
	// hang.
	bool read(uint32_t count_max) {
		if (waits_) {
			if ((reader_.wakes & kWakeData) == 0) {
				return false;
			}
			reader_.wakes &= ~static_cast<uint32_t>(kWakeData);
			waits_ = false;
		} else if (!reader_.endpoint.begin_wait()) {
			waits_ = true;
			release_all(); // the writer may wait for their room
			return false;
		}
		if (leasing_ != nullptr) {
			lease(count_max);
			return true;
		}
		const Texts texts = reader_.read(count_max);
		take_losses();
		for (const std::string& text : texts) {
			take(text);
		}
		return true;
	}
	[[nodiscard]] bool waits() const { return waits_; }
	[[nodiscard]] const Received& from(uint32_t tag) { return received_[tag]; }
	[[nodiscard]] uint64_t lost(uint32_t process) { return lost_[process]; }
	[[nodiscard]] uint64_t events(Event::Type type, uint32_t process) const {
		uint64_t count = 0;
		for (const Event& event : reader_.log.events) {
			count += event.type == type && event.peer.process == process ? 1 : 0;
		}
		return count;
	}
	[[nodiscard]] TestReader& reader() const { return reader_; }

private:
	void take_losses() {
		for (; seen_ < reader_.log.events.size(); ++seen_) {
			const Event& event = reader_.log.events[seen_];
			if (event.type == Event::Type::kLost) {
				lost_[event.peer.process] += event.count;
				unexplained_[event.peer.process] += event.count;
			}
			EXPECT(event.type != Event::Type::kError);
		}
	}
	struct Open {
		Leased leased;
		bool is_kept; // it does not hold the position
	};
	// Some leases stay open, and end in any order. Their bytes are looked at again then. Half of those in a pool are kept.
	void lease(uint32_t count_max) {
		constexpr size_t kOpenMax = 4;
		for (uint32_t i = 0; i < count_max; ++i) {
			const Leased leased = reader_.endpoint.read_lease(slab_.data(), 0, slab_.size(), 1);
			reader_.take_events();
			take_losses();
			EXPECT(leased.kind != Leased::Kind::kTooMany);
			if (leased.kind == Leased::Kind::kNothing) {
				return;
			}
			const bool is_view = leased.kind == Leased::Kind::kView;
			EXPECT(is_view || has_pool_);
			const std::string text = text_of(is_view ? leased.bytes : slab_.data() + leased.slot.begin, leased.length);
			take(text);
			if (is_view) {
				open_.push_back({leased, false});
				note();
				keep_some(text);
			}
			if (open_.size() > kOpenMax) {
				release(law::next_random(random_) % open_.size());
			}
		}
	}
	static std::string text_of(const std::byte* bytes, size_t length) {
		return {reinterpret_cast<const char*>(bytes), length};
	}
	void keep_some(const std::string& text) {
		MessageHead head{};
		std::memcpy(&head, text.data(), sizeof head);
		if (has_pool_ && is_in_pool(head.number) && law::next_random(random_) % 2 == 0) {
			open_.back().is_kept = true;
			note();
			open_.back().leased.lane->keep(open_.back().leased.sequence);
		}
	}
	void note() {
		leasing_->read = received_[kFirstWriter].next;
		const auto oldest = std::find_if(open_.begin(), open_.end(), [](const Open& one) { return !one.is_kept; });
		leasing_->held = oldest == open_.end() ? 0 : oldest->leased.sequence + 1;
	}
	void release(size_t index) {
		const Leased leased = open_[index].leased;
		MessageHead head{};
		std::memcpy(&head, leased.bytes, sizeof head);
		EXPECT(head.checksum == checksum_of(text_of(leased.bytes, leased.length)));
		open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
		note();
		leased.lane->release(leased.sequence);
	}
	void release_all() {
		while (!open_.empty()) {
			release(law::next_random(random_) % open_.size());
		}
	}
	void take(const std::string& text) {
		MessageHead head{};
		EXPECT(text.size() >= sizeof head);
		std::memcpy(&head, text.data(), std::min(text.size(), sizeof head));
		EXPECT(head.length == text.size() && head.checksum == checksum_of(text));
		Received& from = received_[head.tag];
		uint64_t& lost = unexplained_[head.tag < kOwnTags ? home_ : head.tag];
		if (from.count == 0 && late_) {
			from.next = head.number;
			lost = 0;
		}
		if (from.count == 0) {
			from.first = head.number;
		}
		// The lost event comes before the message after the gap, with the exact count.
		EXPECT(head.number >= from.next && head.number - from.next <= lost);
		lost -= std::min(lost, head.number - from.next);
		from.next = head.number + 1;
		from.count += 1;
	}

	TestReader& reader_;
	uint32_t home_;
	bool late_;
	Ledger* leasing_;
	bool has_pool_;
	std::vector<Open> open_; // in order of their messages
	std::vector<std::byte> slab_{8192};
	uint64_t random_ = 1;
	bool waits_ = false;
	size_t seen_ = 0;
	std::map<uint32_t, Received> received_;
	std::map<uint32_t, uint64_t> lost_;        // by process
	std::map<uint32_t, uint64_t> unexplained_; // of these, without a gap in the numbers yet
};

} // namespace ringwire
