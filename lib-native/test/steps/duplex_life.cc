// Servers and clients as victims.
#include "test/steps/conversation.h"
#include "test/steps/lives.h"
#include "test/steps/wait_until.h"

namespace ringwire {

namespace {

void live(const Life& life, const Contract& contract, Ledger& ledger) {
	TestDuplex self(contract, life.role);
	EXPECT(self.opened.ok());
	ledger.phase = kJoined;
	std::unique_ptr<Introduction> introduction;
	while (introduction == nullptr) {
		wait_for_member({&self});
		self.serve();
		introduction = self.endpoint.take_introduction();
	}
	ledger.phase = kConnected;
	const auto own = static_cast<uint32_t>(getpid());
	Conversation talk(contract, *introduction, life.role == Role::kClient ? Manner::kCalls : Manner::kAnswers, own,
	                  kFirstWriter, own);
	while (!talk.done() && !(life.is(kBereft) && talk.over())) {
		if (self.busy()) {
			self.serve();
		}
		if (!talk.turn()) {
			wait_for_member({&self, &talk.writer, &talk.reader});
		}
	}
	if (life.is(kBereft)) {
		EXPECT(talk.writer.log.departed(Event::Reason::kDied) && talk.reader.log.departed(Event::Reason::kDied));
	} else {
		EXPECT(talk.received().count == Conversation::kCalls && talk.written() == Conversation::kCalls);
	}
	ledger.phase = kWritten;
}

} // namespace

void live_as_server(const Life& life, const Contract& contract, Ledger& ledger) {
	live(life, contract, ledger);
}

void live_as_client(const Life& life, const Contract& contract, Ledger& ledger) {
	live(life, contract, ledger);
}

} // namespace ringwire
