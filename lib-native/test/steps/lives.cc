#include "test/steps/lives.h"

#include <cstdlib>

#include "test/held_lock.h"
#include "test/pool_company.h"
#include "test/steps/message.h"
#include "test/steps/wait_until.h"

namespace ringwire {

const std::vector<Life>& lives() {
	using enum Role;
	using enum Overflow;
	static const std::vector<Life> all = {
		{"writer, block", kWriter, kBlock, kEnds, "writer, block"},
		{"writer, drop-newest", kWriter, kDropNewest, 0, "writer, drop-newest"},
		{"writer, drop-oldest", kWriter, kDropOldest, kEnds, "writer, drop-oldest"},
		{"writer, drop-oldest, deep", kWriter, kDropOldest, kDeep, "writer, drop-oldest, deep"},
		{"writer, latest", kWriter, kLatest, 0, "writer, latest"},
		{"writer, block, with a pool", kWriter, kBlock, kEnds | kPool, "writer, block, with a pool"},
		{"writer, drop-oldest, with a pool", kWriter, kDropOldest, kPool, "writer, drop-oldest, with a pool"},
		{"writer, latest, with a pool", kWriter, kLatest, kPool, "writer, latest, with a pool"},
		{"writer that comes first", kWriter, kBlock, kComesFirst, "writer that comes first"},
		{"writer that shuts down", kWriter, kBlock, kShutsDown, "writer that shuts down"},
		{"writer that is shut down", kWriter, kBlock, kIsShutDown, "writer, block"},
		{"writer alone among the dead", kWriter, kBlock, kAlone, "writer, block"},
		{"writer before a busy lock", kWriter, kBlock, kLockIsBusy, "writer, block"},
		{"writer that takes the lock", kWriter, kBlock, kLocks, "writer, block"},
		{"writer whose reader dies", kWriter, kBlock, kBereft, "writer, block"},
		{"writer whose reader leaves", kWriter, kBlock, kBereft | kPolite, "writer, block"},
		{"reader, block", kReader, kBlock, 0, "reader, block"},
		{"reader, block, to the end", kReader, kBlock, kEnds, "reader, block, to the end"},
		{"reader, block, the only one", kReader, kBlock, kSole, "reader, block, the only one"},
		{"reader, block, with leases", kReader, kBlock, kEnds | kLeases, "reader, block, with leases"},
		{"reader, block, the only one, with leases", kReader, kBlock, kSole | kLeases,
	     "reader, block, the only one, with leases"},
		{"reader, block, lossy", kReader, kBlock, kLossy, "reader, block, lossy"},
		{"reader, drop-oldest", kReader, kDropOldest, 0, "reader, drop-oldest"},
		{"reader, drop-oldest, deep", kReader, kDropOldest, kDeep, "reader, drop-oldest, deep"},
		{"reader, latest", kReader, kLatest, 0, "reader, latest"},
		{"reader, block, with a pool", kReader, kBlock, kEnds | kPool, "reader, block, with a pool"},
		{"reader, drop-oldest, with a pool", kReader, kDropOldest, kPool, "reader, drop-oldest, with a pool"},
		{"reader, block, with leases of a pool", kReader, kBlock, kEnds | kLeases | kPool,
	     "reader, block, with leases of a pool"},
		{"reader, drop-oldest, with leases of a pool", kReader, kDropOldest, kLeases | kPool,
	     "reader, drop-oldest, with leases of a pool"},
		{"reader that comes first", kReader, kBlock, kComesFirst, "reader that comes first"},
		{"reader that shuts down", kReader, kBlock, kShutsDown, "reader that shuts down"},
		{"reader that is shut down", kReader, kBlock, kIsShutDown, "reader, block"},
		{"reader alone among the dead", kReader, kBlock, kAlone, "reader, block"},
		{"reader before a busy lock", kReader, kBlock, kLockIsBusy, "reader, block"},
		{"reader that takes the lock, alone", kReader, kBlock, kLocks | kAlone, "reader, block"},
		{"reader whose writer dies", kReader, kBlock, kBereft, "reader, block"},
		{"reader whose writer leaves", kReader, kBlock, kBereft | kPolite, "reader, block"},
		{"server", kServer, kBlock, 0, "server"},
		{"server that comes first", kServer, kBlock, kComesFirst, "server"},
		{"server whose client dies", kServer, kBlock, kBereft, "server"},
		{"client", kClient, kBlock, 0, "client"},
		{"client that comes first", kClient, kBlock, kComesFirst, "client"},
		{"client whose server dies", kClient, kBlock, kBereft, "client"},
	};
	return all;
}

const Life& life_named(std::string_view name) {
	for (const Life& life : lives()) {
		if (life.name == name) {
			return life;
		}
	}
	std::abort();
}

std::shared_ptr<SharedPool> pool_of(const Life& life) {
	std::shared_ptr<SharedPool> pool;
	if (life.is(kPool)) {
		pool = std::make_shared<SharedPool>();
		EXPECT(pool->create({kChunksOffset + (8 << 10), 8 << 10}).ok());
	}
	return pool;
}

namespace {

// As an endpoint does that finds one which excludes it.
void take_lock(const Life& life, const Contract& contract) {
	if (life.is(kLocks)) {
		HeldLock lock(contract);
		EXPECT(lock.held());
		lock.release();
	}
}

class WriterLife {
public:
	WriterLife(const Life& life, const Contract& contract)
		: stage_(contract),
		  writer(life.is(kPool) ? stage_.writer_with(pool_of(life), life.depth()) : stage_.writer(life.depth())),
		  tag_(static_cast<uint32_t>(getpid())) {
		EXPECT(writer.opened.ok());
	}
	void until(const std::function<bool()>& condition) { wait_until(stage_, {&writer}, condition); }
	// Sleeps in the kernel while the lane is full.
	void write() {
		const std::string text = make_message(tag_, number_);
		if (writer.endpoint.pool() != nullptr && is_in_pool(number_)) {
			write_in_pool(text);
			return;
		}
		WriterEndpoint::Written written = writer.write(text);
		while (written == WriterEndpoint::Written::kFull) {
			(void)writer.endpoint.wait_space(text.size(), UINT64_MAX);
			writer.take_events();
			written = writer.write(text);
		}
		number_ += written == WriterEndpoint::Written::kAccepted ? 1 : 0;
	}
	void write_in_pool(const std::string& text) {
		WriterEndpoint::Written written = put(writer, text);
		for (; written != WriterEndpoint::Written::kAccepted; written = put(writer, text)) {
			if (written == WriterEndpoint::Written::kFull) {
				(void)writer.endpoint.wait_space(0, UINT64_MAX);
				writer.take_events();
			} else if (!writer.endpoint.want_room(text.size())) {
				until([&] { return (writer.wakes & kWakeRoom) != 0; });
				writer.wakes &= ~static_cast<uint32_t>(kWakeRoom);
			}
		}
		number_ += 1;
	}
	// `write` writes the rest.
	void write_batch(uint32_t count) {
		std::string slab;
		std::vector<uint32_t> ends;
		for (uint32_t i = 0; i < count; ++i) {
			slab += make_message(tag_, number_ + i);
			ends.push_back(static_cast<uint32_t>(slab.size()));
		}
		number_ += writer.endpoint.try_write_batch(reinterpret_cast<const std::byte*>(slab.data()), ends.data(), count)
		               .accepted;
	}

private:
	Company stage_;

public:
	TestWriter& writer;

private:
	uint32_t tag_;
	uint64_t number_ = 0;
};

} // namespace

void live_as_writer(const Life& life, const Contract& contract, Ledger& ledger) {
	using Type = Event::Type;
	take_lock(life, contract);
	WriterLife self(life, contract);
	ledger.phase = kJoined;
	for (int i = 0; i < 3; ++i) {
		self.write(); // for later readers
	}
	if (life.is(kAlone)) {
		return;
	}
	self.until([&] { return self.writer.log.count(Type::kConnect) > 0; });
	ledger.phase = kConnected;
	for (uint64_t i = 3; i < kMessages; ++i) {
		if (i == kMessages / 2 && life.is(kShutsDown)) {
			self.writer.endpoint.shutdown();
			break;
		}
		if (i == kMessages / 2 && life.is(kIsShutDown)) {
			ledger.phase = kWritten;
			self.until([&] { return self.writer.log.count(Type::kShutdown) > 0; });
			break;
		}
		if (i == kMessages / 2 && life.is(kBereft)) {
			ledger.phase = kWritten;
			self.until([&] { return self.writer.log.count(Type::kDisconnect) > 0; });
			EXPECT(self.writer.log.last(Type::kDisconnect)->reason ==
			       (life.is(kPolite) ? Event::Reason::kClosed : Event::Reason::kDied));
			self.until([&] { return self.writer.log.count(Type::kConnect) > 1; });
		}
		// (Messages that are dropped in the middle of a batch have no numbers.)
		if (i % 8 == 4 && life.overflow != Overflow::kDropNewest) {
			self.write_batch(6);
		} else {
			self.write();
		}
	}
	ledger.phase = kWritten;
	// After a shutdown there is nothing to wait for.
	const bool shut_down = life.is(kShutsDown) || life.is(kIsShutDown);
	if (!shut_down && !self.writer.endpoint.want_drained()) {
		self.until([&] { return (self.writer.wakes & kWakeDrained) != 0; });
	}
	if (life.is(kEnds)) {
		self.writer.endpoint.end();
	}
	EXPECT(self.writer.log.count(Type::kError) == 0);
}

void live_as_reader(const Life& life, const Contract& contract, Ledger& ledger) {
	using Type = Event::Type;
	take_lock(life, contract);
	Company stage(contract);
	ReaderOptions options;
	options.spin_nanos = 0;
	options.lossy = life.is(kLossy);
	TestReader& reader = stage.reader(options);
	EXPECT(reader.opened.ok());
	ledger.phase = kJoined;
	if (life.is(kAlone)) {
		return;
	}
	wait_until(stage, {&reader}, [&] { return reader.log.count(Type::kConnect) > 0; });
	ledger.phase = kConnected;
	const auto home = static_cast<uint32_t>(getppid());
	Account account(reader, home, true, life.is(kLeases) ? &ledger : nullptr, life.is(kPool));
	const auto done = [&] {
		if (life.is(kEnds) || life.is(kIsShutDown) || life.is(kShutsDown)) {
			return reader.log.count(Type::kEnd) > 0;
		}
		// The read order of several writers is not defined: those that are gone must have been read to their end too.
		const bool last_is_left = reader.log.count(Type::kConnect) - reader.log.count(Type::kDisconnect) <= 1;
		return ledger.goal > 0 && account.from(ledger.goal_tag).next >= ledger.goal &&
		       (!life.is(kBereft) || last_is_left);
	};
	bool shut_down = false;
	wait_until(stage, {&reader}, [&] {
		while (!done() && ledger.hold == 0 && account.read(5)) {
			const Received& from = account.from(kFirstWriter);
			ledger.read = from.next;
			ledger.first = from.count > 0 ? from.first + 1 : 0;
			ledger.delivered = from.count;
			ledger.lost = account.lost(home);
			if (life.is(kShutsDown) && !shut_down && from.count >= 3) {
				shut_down = true;
				reader.endpoint.shutdown();
			}
		}
		return done();
	});
	ledger.phase = kWritten;
}

} // namespace ringwire
