// Endpoints of which one opens while another is at some step of opening, and processes that are killed there.
#include <csignal>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "channel/duplex/duplex_endpoint.h"
#include "platform/clock.h"
#include "test/company.h"
#include "test/law.h"
#include "test/linux/channel_names.h"
#include "test/steps/at_step.h"

using namespace ringwire;

namespace {

using Type = Event::Type;

// Whether the only endpoint of a role could be opened.
Status open_one(Company& company, Role role) {
	if (role == Role::kWriter) {
		return company.writer().opened;
	}
	return company.reader().opened;
}

} // namespace

LAW("a reader and a writer are linked exactly once, at whatever step of opening the one the other one opens") {
	for (const bool writer_first : {true, false}) {
		for (size_t number = 0;; ++number) {
			bool done = false;
			for (int round = 0; round < 8; ++round) { // ids are random, and decide which connection remains
				Company company;
				TestWriter* writer = nullptr;
				TestReader* reader = nullptr;
				{
					const AtStep at(number, [&] {
						writer_first ? void(reader = &company.reader()) : void(writer = &company.writer());
					});
					writer_first ? void(writer = &company.writer()) : void(reader = &company.reader());
					done = at.done();
				}
				if (!done) {
					break;
				}
				REQUIRE(writer->opened.ok() && reader->opened.ok());
				CHECK(writer->write("m0") == WriterEndpoint::Written::kAccepted);
				writer->endpoint.end();
				Texts texts;
				company.until([&] {
					const Texts more = reader->read_all();
					texts.insert(texts.end(), more.begin(), more.end());
					return reader->log.count(Type::kEnd) == 1;
				});
				const uint64_t several_tries = monotonic_nanos() + 2 * kConnectRetryNanos;
				company.until([&] { return monotonic_nanos() > several_tries; });
				CHECK(texts == Texts{"m0"});
				CHECK(writer->log.count(Type::kConnect) == 1 && reader->log.count(Type::kConnect) == 1);
				CHECK(writer->log.count(Type::kError) == 0 && reader->log.count(Type::kError) == 0);
				CHECK(writer->endpoint.open_links() == 1 && reader->endpoint.open_links() == 1);
				company.dismiss_all();
				CHECK(company.folder.empty());
			}
			if (!done) {
				CHECK(number > 5);
				break;
			}
		}
	}
}

LAW("of a server and an endpoint that it excludes exactly one stays, at whatever step of the one the other opens") {
	for (const Role other : {Role::kWriter, Role::kReader, Role::kServer}) {
		for (const bool server_first : {true, false}) {
			for (size_t number = 0;; ++number) {
				Company company;
				DuplexEndpoint server(company.contract, Role::kServer, 10);
				DuplexEndpoint second(company.contract, Role::kServer, 10);
				Status of_server;
				Status of_other;
				const auto open_server = [&] { of_server = server.open(); };
				const auto open_other = [&] {
					of_other = other == Role::kServer ? second.open() : open_one(company, other);
				};
				bool done = false;
				{
					const AtStep at(number, [&] { server_first ? open_other() : open_server(); });
					server_first ? open_server() : open_other();
					done = at.done();
				}
				if (!done) {
					CHECK(number > 5);
					break;
				}
				CHECK(of_server.ok() != of_other.ok());
				const Code code = of_server.ok() ? of_other.code : of_server.code;
				CHECK(code == (other == Role::kServer ? Code::kExists : Code::kMismatch));
				CHECK(names_of(company).size() == 1);
				company.dismiss_all();
				server.leave();
				second.leave();
				CHECK(company.folder.empty());
			}
		}
	}
}

LAW("an endpoint appears although others tidy up at any step of its opening") {
	for (size_t number = 0;; ++number) {
		Company company;
		MeetingPlace other;
		REQUIRE(other.find(company.contract.directory, company.contract.name).ok());
		{
			const AtStep at(number, [&] { other.tidy_up(); });
			REQUIRE(company.writer().opened.ok());
			if (!at.done()) {
				CHECK(number > 5);
				break;
			}
		}
		CHECK(names_of(company).size() == 1);
		company.dismiss_all();
		CHECK(company.folder.empty());
	}
}

LAW("an endpoint that was killed at any step of its opening leaves nothing after the next one") {
	for (size_t number = 0;; ++number) {
		Company company;
		const pid_t child = fork();
		if (child == 0) {
			const AtStep at(number, [] { raise(SIGKILL); });
			const TestWriter writer(company.contract, {kCapacityMin, kCapacityMin / 2, 4});
			_exit(0);
		}
		int status = 0;
		REQUIRE(waitpid(child, &status, 0) == child);
		if (WIFEXITED(status)) {
			CHECK(number > 5);
			break;
		}
		REQUIRE(company.writer().opened.ok());
		company.dismiss_all();
		CHECK(company.folder.empty());
	}
}
