// The refusal after which no peer is left: one event, for a caller that waits for a peer.

#include "channel/endpoint_label.h"
#include "channel/listing/listing.h"
#include "platform/clock.h"
#include "test/impostor.h"
#include "test/listener.h"

using namespace ringwire;

namespace {

using Type = Event::Type;
using Written = WriterEndpoint::Written;

Contract other_codec(const Company& company) {
	Contract other = company.contract;
	other.codec = "another";
	return other;
}

// A reader's name without a reader: refuses every writer that dials it with LIMIT.
class RefusingListener {
public:
	RefusingListener(const Company& company, uint64_t id)
		: listener_(company.contract, endpoint_label(Role::kReader, id), 16) {}
	// Refuses all connections in the backlog. Returns their number.
	int refuse() {
		int count = 0;
		for (LinkEnd link; listener_.accept(link); ++count) {
			const WireRefuse refusal = make_refuse(Status::failure(Code::kLimit, "no more"));
			(void)link.send(&refusal, sizeof refusal);
		}
		return count;
	}

private:
	ManualListener listener_;
};

} // namespace

LAW("when the only peer does not match, both sides get one refused event that names it") {
	for (const bool writer_first : {true, false}) {
		Company company;
		TestWriter* writer = writer_first ? &company.writer() : nullptr;
		TestReader& reader = company.reader(other_codec(company));
		writer = writer_first ? writer : &company.writer();
		company.settle();
		CHECK(writer->log.count(Type::kRefused) == 1 && reader.log.count(Type::kRefused) == 1);
		const Event& refused = *writer->log.last(Type::kRefused);
		CHECK(refused.status.code == Code::kMismatch && refused.peer.role == Role::kReader && refused.peer.id != 0);
		CHECK(reader.log.last(Type::kRefused)->peer.role == Role::kWriter);
		CHECK(writer->log.count(Type::kError) == 1); // before the refused event
		CHECK(writer->log.events.back().type == Type::kRefused);
		(void)company.reader(other_codec(company));
		company.settle();
		CHECK(writer->log.count(Type::kError) == 2 && writer->log.count(Type::kRefused) == 1);
	}
}

LAW("a refusal is no event while a link is open, and is one when the last link closes") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	TestReader& misfit = company.reader(other_codec(company));
	company.settle();
	CHECK(misfit.log.count(Type::kRefused) == 1);
	CHECK(writer.log.count(Type::kError) == 1 && writer.log.count(Type::kRefused) == 0);
	company.dismiss(reader);
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 1);
	CHECK(writer.log.events.back().type == Type::kRefused);
}

LAW("a refusal is no event before the messages of the linked writers are read") {
	Company company;
	TestReader& reader = company.reader();
	TestWriter& writer = company.writer();
	company.settle();
	(void)company.writer(other_codec(company));
	CHECK(writer.write("m") == Written::kAccepted);
	company.dismiss(writer);
	company.settle();
	CHECK(reader.log.count(Type::kError) == 1 && reader.log.count(Type::kRefused) == 0);
	CHECK(reader.read_all() == Texts{"m"});
	company.settle();
	CHECK(reader.log.count(Type::kDisconnect) == 1 && reader.log.count(Type::kRefused) == 1);
}

LAW("a reader that has ended gets no refused event") {
	Company company;
	TestReader& reader = company.reader();
	TestWriter& writer = company.writer();
	company.settle();
	writer.endpoint.end();
	company.dismiss(writer);
	company.settle();
	CHECK(reader.read_all().empty() && reader.log.count(Type::kEnd) == 1);
	(void)company.writer(other_codec(company));
	company.settle();
	CHECK(reader.log.count(Type::kError) == 1 && reader.log.count(Type::kRefused) == 0);
}

LAW("a link that opens arms the refused event again, and cancels a pending one") {
	Company company;
	TestWriter& writer = company.writer();
	(void)company.reader(other_codec(company));
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 1);
	TestReader* reader = &company.reader();
	company.settle();
	CHECK(writer.endpoint.open_links() == 1);
	company.dismiss(*reader);
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 1); // no refusal since
	(void)company.reader(other_codec(company));
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 2);
}

LAW("a refusal is no event while another handshake is under way") {
	Company company;
	TestWriter& writer = company.writer();
	Impostor silent(company, Role::kWriter);
	company.settle();
	(void)company.reader(other_codec(company));
	company.settle();
	CHECK(writer.log.count(Type::kError) == 1 && writer.log.count(Type::kRefused) == 0);
	silent.socket.close();
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 1);
}

LAW("a refusal is an event although its name is dialled again, and is none while another name is left to dial") {
	Company company;
	RefusingListener refusing(company, 1);
	RefusingListener other(company, 2);
	TestWriter& writer = company.writer();
	company.settle();
	CHECK(refusing.refuse() == 1);
	company.settle();
	CHECK(writer.log.count(Type::kError) == 1 && writer.log.count(Type::kRefused) == 0);
	CHECK(other.refuse() == 1);
	company.until([&] { return writer.log.count(Type::kRefused) == 1; });
	CHECK(writer.log.last(Type::kRefused)->status.code == Code::kLimit);
	int dialled_again = 0;
	company.until([&] { return (dialled_again += refusing.refuse() + other.refuse()) > 4; });
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 1 && writer.log.count(Type::kError) == 2);
}

LAW("connections without a hello and the queries of a listing are no refused peers") {
	Company company;
	TestWriter& writer = company.writer();
	{
		Impostor stranger(company, Role::kWriter);
		const WireRefuse refusal = make_refuse(Status::failure(Code::kMismatch, "mine is another"));
		stranger.send(&refusal, sizeof refusal);
	}
	company.settle();
	std::vector<Listed> listed;
	CHECK(list_channels(company.contract.directory, kNoGroup, 0, listed).ok() && listed.size() == 1);
	company.settle();
	CHECK(writer.log.count(Type::kRefused) == 0);
}

LAW("a shutdown cancels a pending refusal") {
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	company.settle();
	(void)company.reader(other_codec(company));
	company.settle();
	reader.endpoint.shutdown();
	company.settle();
	CHECK(writer.log.count(Type::kShutdown) == 1 && writer.log.count(Type::kRefused) == 0);
}
