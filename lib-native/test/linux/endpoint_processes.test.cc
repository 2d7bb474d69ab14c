// Laws of the endpoints that need a second process, above all one that is killed.
#include <unistd.h>

#include "test/company.h"
#include "test/linux/channel_names.h"
#include "test/linux/child_process.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Reason = Event::Reason;
using Written = WriterEndpoint::Written;

ReaderOptions sleepy() {
	ReaderOptions options;
	options.spin_nanos = 0;
	return options;
}

ReaderOptions until_one_writer() {
	ReaderOptions options;
	options.until = {EndRule::Kind::kWriters, 1};
	return options;
}

// A writer in another process: writes, signals its parent, and lives until it is killed.
void write_and_wait(const Contract& contract, uint64_t count, const ProcessEvent& ready, bool ends = false) {
	Company theirs(contract);
	TestWriter& writer = theirs.writer(1024);
	theirs.until([&] { return writer.log.count(Type::kConnect) == 1; });
	writer.write_many("m", count);
	if (ends) {
		writer.endpoint.end();
	}
	ready.set();
	for (;;) {
		theirs.until([] { return false; });
	}
}

} // namespace

LAW("a writer and a reader in two processes, both asleep most of the time, lose nothing") {
	Company company;
	constexpr uint64_t kCount = 3000;
	ChildProcess child([&] {
		Company theirs(company.contract);
		TestWriter& writer = theirs.writer(4);
		for (uint64_t i = 0; i < kCount; ++i) {
			while (writer.write(std::to_string(i)) == Written::kFull) {
				(void)writer.endpoint.wait_space(8, UINT64_MAX); // returns for events too
				writer.take_events();
			}
		}
		writer.endpoint.end();
		theirs.until([&] { return writer.endpoint.unread() == 0; });
	});
	TestReader& reader = company.reader(sleepy());
	uint64_t next = 0;
	while (reader.log.count(Type::kEnd) == 0) {
		CHECK(reader.endpoint.wait_until(UINT64_MAX));
		for (const std::string& text : reader.read()) {
			REQUIRE(text == std::to_string(next));
			next += 1;
		}
	}
	CHECK(next == kCount);
	child.wait();
}

LAW("a reader until one writer ends though another writer died") {
	Company company;
	TestReader& reader = company.reader(until_one_writer());
	const ProcessEvent ready;
	ChildProcess child([&] {
		Company theirs(company.contract);
		TestWriter& writer = theirs.writer();
		theirs.until([&] { return writer.log.count(Type::kConnect) == 1; });
		(void)writer.write("died");
		ready.set();
		theirs.until([] { return false; });
	});
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	ready.wait();
	child.kill();
	TestWriter& ended = company.writer();
	company.until([&] { return reader.log.count(Type::kConnect) == 2; });
	ended.endpoint.end();
	CHECK(reader.read_all() == Texts{"died"});
	company.until([&] {
		(void)reader.read();
		return reader.log.count(Type::kDisconnect) == 1;
	});
	CHECK(reader.read().empty());
	CHECK(reader.log.departed(Reason::kDied) && reader.log.count(Type::kEnd) == 1);
}

LAW("the cursor of a killed reader still counts") {
	Company company;
	const ProcessEvent ready;
	ChildProcess child([&] {
		Company theirs(company.contract);
		TestReader& reader = theirs.reader();
		theirs.until([&] { return reader.endpoint.available() == 10; });
		(void)reader.read(7);
		reader.endpoint.commit(7);
		ready.set();
		pause();
	});
	TestWriter& writer = company.writer();
	CHECK(writer.write_many("m", 10) == 10);
	company.until([&] { return writer.log.count(Event::Type::kConnect) == 1; });
	ready.wait();
	child.kill();
	company.until([&] { return writer.log.count(Event::Type::kDisconnect) == 1; });
	CHECK(writer.log.departed(Event::Reason::kDied));
	CHECK(writer.endpoint.unread() == 3);
	TestReader& next = company.reader();
	company.settle();
	CHECK(next.read_all() == numbered("m", 7, 10));
}

LAW("every published message of a killed writer is delivered before the event of its death") {
	Company company;
	const ProcessEvent ready;
	ChildProcess child([&] { write_and_wait(company.contract, 500, ready); });
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1 && reader.endpoint.available() == 500; });
	ready.wait();
	const auto pid = static_cast<uint32_t>(child.pid());
	child.kill();
	company.until([&] { return names_of(company).size() == 1; }); // its death was found
	CHECK(reader.log.count(Type::kDisconnect) == 0);
	Texts texts;
	while (texts.size() < 500) {
		const Texts more = reader.read(100);
		REQUIRE(!more.empty() && reader.log.count(Type::kDisconnect) == 0);
		texts.insert(texts.end(), more.begin(), more.end());
	}
	CHECK(texts == numbered("m", 0, 500));
	CHECK(reader.read().empty());
	CHECK(reader.log.departed(Reason::kDied) && !reader.log.last(Type::kDisconnect)->ended);
	CHECK(reader.log.last(Type::kDisconnect)->peer.process == pid);
	CHECK(reader.log.count(Type::kEnd) == 0 && reader.log.count(Type::kError) == 0);
	CHECK(!reader.endpoint.begin_wait());
}

LAW("a writer that was killed after its end has ended") {
	Company company;
	const ProcessEvent ready;
	ChildProcess child([&] { write_and_wait(company.contract, 3, ready, true); });
	TestReader& reader = company.reader();
	company.until([&] { return reader.log.count(Type::kConnect) == 1; });
	ready.wait();
	child.kill();
	CHECK(reader.read_all() == numbered("m", 0, 3));
	company.until([&] {
		(void)reader.read();
		return reader.log.count(Type::kDisconnect) == 1;
	});
	CHECK(reader.log.count(Type::kEnd) == 1);
	CHECK(reader.log.departed(Reason::kDied) && reader.log.last(Type::kDisconnect)->ended);
}
