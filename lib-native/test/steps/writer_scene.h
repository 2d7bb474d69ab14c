// The peers of a writer: a reader that reads when it holds the victim back, and a bystander that writes to the same reader.
#pragma once

#include "test/steps/scene.h"

namespace ringwire {

class WriterScene final : public Scene {
public:
	using Scene::Scene;

private:
	void set_up() override {
		add_reader(false);
		bystander_ = &company_->writer(life().depth());
		members_.push_back(bystander_);
		bystander_next_ = 0;
		bereft_ = false;
		shut_down_ = false;
		company_->settle();
		while (account_->read(5)) {
		} // it sleeps when the victim opens
	}
	void begin() override { sleeps_seen_ = 0; }
	bool turn() override {
		const bool open = gate_is_open();
		bool did = false;
		for (int i = 0; open && i < 8 && account_->read(5); ++i) {
			did = true;
		}
		// With a ring in flight it waits too, although not every message is read.
		if (open && account_->waits() && reader_->endpoint.available() == 0) {
			sleeps_seen_ = std::max(sleeps_seen_, sleeps_);
			did = intervene() || did;
		}
		return did;
	}
	void while_stopped() override {
		if (is_over()) {
			return;
		}
		// An endpoint that opens now finds all living endpoints.
		TestWriter& newcomer = company_->writer(life().depth());
		until([&] { return newcomer.log.count(Event::Type::kConnect) > 0; });
		const uint32_t tag = kNewcomer + process();
		EXPECT(newcomer.write(make_message(tag, 0)) == WriterEndpoint::Written::kAccepted);
		until([&] { return account_->from(tag).next == 1; });
		company_->dismiss(newcomer);
		use_bystander();
	}
	void after() override {
		const uint32_t victim = process();
		// The readers to which it sent a welcome were linked, and no others.
		const uint32_t welcomes = arrivals<"welcome: sent">(ledger());
		const uint64_t links = bereft_ ? welcomes - 1 : welcomes;
		EXPECT(links <= 1);
		until([&] { return event_count(*reader_, Event::Type::kConnect, victim) == links; });
		until([&] { return event_count(*reader_, Event::Type::kDisconnect, victim) == links; });
		const Received& got = account_->from(victim);
		if (links > 0) {
			const Event departure = last_event(*reader_, Event::Type::kDisconnect, victim);
			const bool said_bye = arrivals<"leave: bye sent">(ledger()) > 0;
			EXPECT(departure.reason == (said_bye ? Event::Reason::kClosed : Event::Reason::kDied));
			EXPECT(departure.ended == (is_over() || arrivals<"end: stored">(ledger()) > 0));
			EXPECT(got.count + account_->lost(victim) + read_by_the_dead_ == ledger().published);
			EXPECT(!has_limit(life().overflow) || account_->lost(victim) == 0);
			EXPECT(got.count == 0 || !has_limit(life().overflow) || got.first == read_by_the_dead_);
		} else {
			EXPECT(got.count == 0);
		}
		// Neither a death nor a leave is an end while the bystander may write.
		until([&] { return reader_->log.count(Event::Type::kEnd) == (is_over() ? 1 : 0); });
		EXPECT(shut_down_ ||
		       reader_->log.count(Event::Type::kShutdown) == (arrivals<"shutdown: sent">(ledger()) > 0 ? 1 : 0));
		if (!is_over()) {
			use_bystander();
		}
		bereft_ = false;
		read_by_the_dead_ = 0;
	}
	[[nodiscard]] bool is_over() const override { return shut_down_ || reader_->log.count(Event::Type::kShutdown) > 0; }

	void add_reader(bool late) {
		ReaderOptions options;
		options.spin_nanos = 0;
		reader_ = &company_->reader(options);
		members_.push_back(reader_);
		account_.emplace(*reader_, static_cast<uint32_t>(getpid()), late);
	}
	// The victim is held back while it can write, so that it sleeps.
	bool gate_is_open() {
		sleeps_ = arrivals<"want: looked in vain">(ledger());
		return !victim_->running() || ledger().phase >= kWritten || sleeps_ > sleeps_seen_;
	}
	bool intervene() {
		if (gone() || ledger().phase != kWritten || event_count(*reader_, Event::Type::kConnect, process()) == 0) {
			return false;
		}
		if (life().is(kIsShutDown) && !shut_down_) {
			shut_down_ = true;
			reader_->endpoint.shutdown();
			return true;
		}
		if (life().is(kBereft) && !bereft_ && account_->from(process()).next == ledger().published) {
			bereft_ = true;
			read_by_the_dead_ = account_->from(process()).next;
			reader_->endpoint.leave(life().is(kPolite));
			std::erase(members_, reader_);
			company_->dismiss(*reader_);
			add_reader(true);
			return true;
		}
		return false;
	}
	void use_bystander() {
		for (int i = 0; i < 3; ++i) {
			EXPECT(bystander_->write(make_message(kBystander, bystander_next_)) == WriterEndpoint::Written::kAccepted);
			bystander_next_ += 1;
			until([&] { return account_->from(kBystander).next == bystander_next_; });
		}
	}

	TestReader* reader_ = nullptr;
	TestWriter* bystander_ = nullptr;
	std::optional<Account> account_;
	uint64_t bystander_next_ = 0;
	uint32_t sleeps_ = 0;
	uint32_t sleeps_seen_ = 0;
	uint64_t read_by_the_dead_ = 0;
	bool bereft_ = false;
	bool shut_down_ = false;
};

} // namespace ringwire
