// The peer of a server is a client. The peer of a client is its server, which has another client in this process.
#pragma once

#include "test/steps/conversation.h"
#include "test/steps/scene.h"

namespace ringwire {

class DuplexScene final : public Scene {
public:
	using Scene::Scene;

private:
	[[nodiscard]] bool victim_serves() const { return life().role == Role::kServer; }

	void set_up() override {
		talk_.reset();
		far_.reset();
		near_.reset();
		other_client_.reset();
		peer_ = std::make_unique<TestDuplex>(company_->contract, opposite(life().role));
		members_.push_back(peer_.get());
		if (!victim_serves()) {
			other_client_ = std::make_unique<TestDuplex>(company_->contract, Role::kClient);
			members_.push_back(other_client_.get());
		}
	}
	void begin() override {
		may_read_ = false;
		dropped_ = false;
	}
	void tear_down() override {
		talk_.reset();
		near_.reset();
		far_.reset();
		other_client_.reset();
		peer_.reset();
	}
	bool turn() override {
		bool did = false;
		for (TestDuplex* one : {peer_.get(), other_client_.get()}) {
			if (one != nullptr && one->busy()) {
				one->serve();
				did = true;
				take_introductions(*one);
			}
		}
		for (Conversation* talk : {near_.get(), far_.get()}) {
			did = (talk != nullptr && talk->turn()) || did;
		}
		if (talk_ != nullptr) {
			may_read_ = may_read_ || !victim_->running() || arrivals<"want: looked in vain">(ledger()) > 0;
			did = talk_->turn(may_read_) || did;
			if (life().is(kBereft) && may_read_ && victim_->running() && talk_->received().count > 0) {
				drop_talk();
			}
		}
		return did;
	}
	void take_introductions(TestDuplex& from) {
		const auto own = static_cast<uint32_t>(getpid());
		while (auto introduction = from.endpoint.take_introduction()) {
			if (introduction->peer.process == own) {
				std::unique_ptr<Conversation>& end = &from == peer_.get() ? near_ : far_;
				end = std::make_unique<Conversation>(company_->contract, *introduction, Manner::kTalks, kBystander,
				                                     kBystander, own);
				members_.push_back(&end->writer);
				members_.push_back(&end->reader);
			} else {
				EXPECT(talk_ == nullptr && introduction->peer.process == process());
				talk_ = std::make_unique<Conversation>(company_->contract, *introduction,
				                                       victim_serves() ? Manner::kCalls : Manner::kAnswers,
				                                       kFirstWriter, process(), own);
				members_.push_back(&talk_->writer);
				members_.push_back(&talk_->reader);
			}
		}
	}
	void while_stopped() override {
		if (!victim_serves()) {
			use_other_client();
		}
	}
	void after() override {
		const Ledger& did = ledger();
		// An introduction has all that the other side needs.
		const bool met = arrivals<"introduction: sent">(did) > 0;
		until([&] { return (talk_ != nullptr || dropped_) == met; });
		if (talk_ != nullptr) {
			until([&] { return talk_->over(); });
			check_talk();
			std::erase(members_, &talk_->writer);
			std::erase(members_, &talk_->reader);
			talk_.reset();
			has_talked_ = true;
		}
		if (met) {
			peer_->endpoint.connection_over();
		}
		if (!victim_serves()) {
			use_other_client();
		}
	}
	void check_talk() {
		const Ledger& did = ledger();
		uint32_t closed = 0;
		for (const Member* member : {static_cast<Member*>(&talk_->writer), static_cast<Member*>(&talk_->reader)}) {
			EXPECT(member->log.count(Event::Type::kDisconnect) == 1 && member->log.count(Event::Type::kError) == 0);
			closed += member->log.departed(Event::Reason::kClosed) ? 1 : 0;
		}
		EXPECT(closed == arrivals<"leave: bye sent">(did));
		const bool opened = arrivals<"welcome: sent">(did) > 0;
		EXPECT(talk_->reader.log.count(Event::Type::kConnect) == (opened ? 1 : 0));
		EXPECT(talk_->writer.log.count(Event::Type::kConnect) == (arrivals<"ready: sent">(did) > 0 ? 1 : 0));
		EXPECT(talk_->received().count == (opened ? did.published.load() : 0));
		EXPECT((talk_->reader.log.count(Event::Type::kEnd) > 0) == (opened && arrivals<"end: stored">(did) > 0));
		if (victim_->exit_code() == 0) {
			EXPECT(!life().is(kBereft) && talk_->done() && closed == 2);
		}
	}
	// Without a bye.
	void drop_talk() {
		dropped_ = true;
		std::erase(members_, &talk_->writer);
		std::erase(members_, &talk_->reader);
		talk_->writer.endpoint.leave(false);
		talk_->reader.endpoint.leave(false);
		talk_.reset();
		has_talked_ = true;
	}
	void use_other_client() {
		until([&] { return near_ && far_; });
		for (int i = 0; i < 3; ++i) {
			near_->write_next();
			far_->write_next();
			until([&] {
				return near_->received().count == far_->written() && far_->received().count == near_->written();
			});
		}
	}
	// A client that was introduced does not look for another server.
	[[nodiscard]] bool is_over() const override { return victim_serves() && has_talked_; }

	std::unique_ptr<TestDuplex> peer_;
	std::unique_ptr<TestDuplex> other_client_;
	std::unique_ptr<Conversation> talk_; // with the victim
	std::unique_ptr<Conversation> near_; // the server's end of the connection with the other client
	std::unique_ptr<Conversation> far_;
	bool may_read_ = false; // false at first, so that the victim finds its lane full
	bool dropped_ = false;
	bool has_talked_ = false;
};

} // namespace ringwire
