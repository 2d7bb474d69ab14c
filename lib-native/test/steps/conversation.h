// Both ends of a duplex connection, in the victim and in its parent. The caller writes some messages, the answerer writes one for
// each of them, and both end.
#pragma once

#include <memory>

#include "channel/duplex/duplex_endpoint.h"
#include "test/steps/message.h"

namespace ringwire {

class TestDuplex : public Member {
public:
	TestDuplex(const Contract& contract, Role role) : Member(endpoint), endpoint(contract, role, 10) {
		opened = endpoint.open();
		take_events();
	}
	DuplexEndpoint endpoint;
};

enum class Manner { kCalls, kAnswers, kTalks };

class Conversation {
public:
	static constexpr uint64_t kCalls = 24; // more than the lane's depth

	Conversation(const Contract& contract, Introduction& introduction, Manner manner, uint32_t own_tag,
	             uint32_t peer_tag, uint32_t home)
		: writer(contract, {kCapacityMin, kCapacityMin / 2, 16}, introduction.to_peer, introduction.peer),
		  reader(contract, options(), introduction.from_peer, introduction.peer), account(reader, home, false),
		  manner_(manner), tag_(own_tag), peer_tag_(peer_tag) {
		EXPECT(writer.opened.ok() && reader.opened.ok());
	}
	// `may_read` is false until the peer has found its lane full.
	bool turn(bool may_read = true) {
		bool did = false;
		for (Member* member : {static_cast<Member*>(&writer), static_cast<Member*>(&reader)}) {
			if (member->busy()) {
				member->serve();
				did = true;
			}
		}
		did = (may_read && account.read(5)) || did;
		while (next_ < due() && !waits()) {
			write_next();
			did = true;
		}
		const bool all_written = manner_ == Manner::kCalls ? next_ == kCalls : reader.log.count(Event::Type::kEnd) > 0;
		if (all_written && next_ == due() && !ended_ && manner_ != Manner::kTalks) {
			ended_ = true;
			writer.endpoint.end();
		}
		return did;
	}
	void write_next() {
		const std::string text = make_message(tag_, next_);
		const WriterEndpoint::Written written = writer.write(text);
		if (written == WriterEndpoint::Written::kAccepted) {
			next_ += 1;
		} else {
			waits_ = !writer.endpoint.want_space(text.size());
		}
	}
	// Both sides have written all their messages.
	[[nodiscard]] bool done() const { return ended_ && reader.log.count(Event::Type::kEnd) > 0; }
	[[nodiscard]] bool over() const {
		return writer.log.count(Event::Type::kDisconnect) > 0 && reader.log.count(Event::Type::kDisconnect) > 0;
	}
	[[nodiscard]] uint64_t written() const { return next_; }
	[[nodiscard]] const Received& received() { return account.from(peer_tag_); }

	TestWriter writer;
	TestReader reader;
	Account account;

private:
	static ReaderOptions options() {
		ReaderOptions options;
		options.spin_nanos = 0;
		return options;
	}
	[[nodiscard]] uint64_t due() {
		switch (manner_) {
		case Manner::kCalls:
			return kCalls;
		case Manner::kAnswers:
			return received().count;
		case Manner::kTalks:
			break;
		}
		return next_;
	}
	// Waits for space until it is woken or the peer has gone.
	bool waits() {
		if (waits_ && (writer.wakes & kWakeSpace) != 0) {
			writer.wakes &= ~static_cast<uint32_t>(kWakeSpace);
			waits_ = false;
		}
		return waits_ || writer.log.count(Event::Type::kDisconnect) > 0;
	}

	Manner manner_;
	uint32_t tag_;
	uint32_t peer_tag_;
	uint64_t next_ = 0;
	bool waits_ = false;
	bool ended_ = false;
};

} // namespace ringwire
