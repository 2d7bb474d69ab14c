// The peers of a reader: a writer that fills its lane while the victim may not read and continues only when it is woken, and a
// second reader of the same lane, which gets every message whatever happens to the victim.
#pragma once

#include "test/pool_company.h"
#include "test/steps/scene.h"

namespace ringwire {

class ReaderScene final : public Scene {
public:
	using Scene::Scene;

private:
	void set_up() override {
		shut_down_ = false;
		bereft_ = false;
		add_writer(kFirstWriter);
		second_.reset();
		if (!life().is(kSole)) {
			ReaderOptions options;
			options.spin_nanos = 0;
			TestReader& reader = company_->reader(options);
			members_.push_back(&reader);
			second_.emplace(reader, static_cast<uint32_t>(getpid()), true);
		}
		company_->settle();
	}
	void begin() override {
		singles_ = 4;
		sleeps_seen_ = 0;
		linked_at_ = UINT64_MAX;
		set_goal(next_ + kMessages, !life().is(kBereft));
	}
	bool turn() override {
		bool did = false;
		for (int i = 0; second_ && i < 8 && second_->read(5); ++i) {
			did = true;
		}
		return write_some() || did;
	}
	void while_stopped() override {
		if (closed()) {
			return;
		}
		ReaderOptions options;
		options.lossy = true;
		TestReader& newcomer = company_->reader(options);
		until([&] { return newcomer.log.count(Event::Type::kConnect) > 0; });
		company_->dismiss(newcomer);
		// Until the victim holds it back, or it has written all messages that it may write without the victim.
		until([&] { return !write_some() && second_has_all(); });
	}
	void after() override {
		const uint32_t victim = process();
		const Ledger& did = ledger();
		if (!life().is(kSole)) {
			until([&] { return closed() || (next_ == target_ && second_has_all()); });
		}
		// The writers to which it sent ready were linked.
		const uint32_t ready = arrivals<"ready: sent">(did);
		const uint64_t links = bereft_ ? ready - 1 : ready;
		EXPECT(links <= 1);
		until([&] { return event_count(*writer_, Event::Type::kConnect, victim) == links; });
		until([&] { return event_count(*writer_, Event::Type::kDisconnect, victim) == links; });
		if (links > 0) {
			const bool said_bye = arrivals<"leave: bye sent">(did) > 0;
			EXPECT(last_event(*writer_, Event::Type::kDisconnect, victim).reason ==
			       (said_bye ? Event::Reason::kClosed : Event::Reason::kDied));
		}
		const bool reported = writer_->log.count(Event::Type::kShutdown) > 0;
		EXPECT(shut_down_ || reported == (arrivals<"shutdown: sent">(did) > 0));
		check_what_was_read();
	}
	[[nodiscard]] bool is_over() const override { return closed() || bereft_; }
	[[nodiscard]] bool closed() const { return shut_down_ || ended_ || writer_->log.count(Event::Type::kShutdown) > 0; }

	void check_what_was_read() {
		const Ledger& did = ledger();
		const bool read_all = victim_->exit_code() == 0 && !life().is(kShutsDown) && !life().is(kAlone);
		// Unless no message was left for it when it joined.
		const uint64_t written = bereft_ ? left_behind_ : next_;
		EXPECT(!read_all || did.read == written || (did.delivered == 0 && linked_at_ == written));
		if (read_all && unharmed() && !life().is(kIsShutDown) && !bereft_) {
			EXPECT(did.delivered + did.lost == kMessages);
			EXPECT(did.lost == 0 || !has_limit(life().overflow) || life().is(kLossy));
		}
		if (life().is(kSole)) {
			// The next reader begins at its cursor.
			EXPECT(!is_heir_ || did.first == heritage_ + 1);
			heritage_ = did.advanced;
			is_heir_ = true;
		}
	}

	void add_writer(uint32_t tag) {
		tag_ = tag;
		next_ = 0;
		waits_ = false;
		ended_ = false;
		writer_ = life().is(kPool) ? &company_->writer_with(pool_of(life()), life().depth())
		                           : &company_->writer(life().depth());
		members_.push_back(writer_);
	}
	void set_goal(uint64_t target, bool announced) {
		target_ = target;
		ledger().goal_tag = tag_;
		ledger().goal = announced ? target : 0;
	}
	[[nodiscard]] bool second_has_all() { return !second_ || second_->from(tag_).next == next_; }

	// Returns whether it made progress.
	bool write_some() {
		if (waits_) {
			if ((writer_->wakes & (kWakeSpace | kWakeRoom)) == 0) {
				return false;
			}
			writer_->wakes &= ~static_cast<uint32_t>(kWakeSpace | kWakeRoom);
			waits_ = false;
		}
		const bool linked = event_count(*writer_, Event::Type::kConnect, process()) > 0;
		if (linked && linked_at_ == UINT64_MAX) {
			linked_at_ = next_;
		}
		if (linked && !gone() && intervene()) {
			return true;
		}
		// The victim reads the last ones.
		const uint64_t limit = linked || gone() ? target_ : target_ - 5;
		if (next_ >= limit || closed()) {
			ledger().hold = 0;
			return end_if_due();
		}
		if (victim_->running() && singles_ > 0 && !one_more_sleep()) {
			return false;
		}
		const uint64_t until = victim_->running() && singles_ > 0 ? next_ + 1 : std::min(limit, next_ + 8);
		while (next_ < until && !waits_) {
			write_one();
		}
		return true;
	}
	// While this is true, each message finds the victim asleep. At the last one it must not wake up before the lane is full.
	bool one_more_sleep() {
		const uint32_t sleeps = arrivals<"sleep: looked in vain">(ledger());
		if (sleeps <= sleeps_seen_) {
			return false;
		}
		sleeps_seen_ = sleeps;
		singles_ -= 1;
		ledger().hold = singles_ == 0 ? 1 : 0;
		return true;
	}
	void write_one() {
		const std::string text = make_message(tag_, next_);
		const bool in_pool = life().is(kPool) && is_in_pool(next_);
		const WriterEndpoint::Written written = in_pool ? put(*writer_, text) : writer_->write(text);
		if (written == WriterEndpoint::Written::kNoMemory) {
			ledger().hold = 0;
			waits_ = !writer_->endpoint.want_room(text.size());
		} else if (written == WriterEndpoint::Written::kFull) {
			ledger().hold = 0;
			waits_ = !writer_->endpoint.want_space(text.size());
		} else {
			EXPECT(written == WriterEndpoint::Written::kAccepted);
			next_ += 1;
		}
	}
	bool end_if_due() {
		if (!life().is(kEnds) || ended_ || next_ < target_) {
			return false;
		}
		ended_ = true;
		writer_->endpoint.end();
		return true;
	}
	bool intervene() {
		if (next_ + kMessages / 2 < target_) {
			return false;
		}
		if (life().is(kIsShutDown) && !shut_down_) {
			shut_down_ = true;
			ledger().hold = 0;
			writer_->endpoint.shutdown();
			return true;
		}
		if (life().is(kBereft) && !bereft_) {
			bereft_ = true;
			left_behind_ = next_;
			ledger().hold = 0;
			writer_->endpoint.leave(life().is(kPolite));
			std::erase(members_, writer_);
			company_->dismiss(*writer_);
			add_writer(kNextWriter);
			set_goal(kMessages / 2, true);
			return true;
		}
		return false;
	}

	TestWriter* writer_ = nullptr;
	std::optional<Account> second_;
	uint32_t tag_ = kFirstWriter;
	uint64_t next_ = 0;
	uint64_t target_ = 0;
	uint64_t left_behind_ = 0;
	uint64_t linked_at_ = 0; // messages that were written before the victim was linked
	uint64_t heritage_ = 0;
	uint32_t singles_ = 0; // messages that are written only while the victim sleeps
	uint32_t sleeps_seen_ = 0;
	bool waits_ = false;
	bool ended_ = false;
	bool bereft_ = false;
	bool shut_down_ = false;
	bool is_heir_ = false;
};

} // namespace ringwire
