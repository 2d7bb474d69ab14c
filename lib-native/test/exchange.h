// A writer and a reader that are linked, and whose messages arrive.
#pragma once

#include "test/company.h"

namespace ringwire {

enum class Reported { kNothing, kOutOfRoom, kSilence };

inline void check_exchange(Company& company, TestWriter& writer, TestReader& reader, Reported reported) {
	company.until([&] { return writer.endpoint.open_links() == 1 && reader.endpoint.open_links() == 1; });
	CHECK(writer.write("works") == WriterEndpoint::Written::kAccepted);
	CHECK(reader.read_all() == Texts{"works"});
	for (const Member* member : {static_cast<Member*>(&writer), static_cast<Member*>(&reader)}) {
		CHECK(member->log.count(Event::Type::kConnect) == 1 && member->log.count(Event::Type::kDisconnect) == 0);
		const Event* error = member->log.last(Event::Type::kError);
		const Code expected = reported == Reported::kOutOfRoom ? Code::kLimit : Code::kTimeout;
		CHECK(error == nullptr || (reported != Reported::kNothing && error->status.code == expected &&
		                           member->log.count(Event::Type::kError) == 1));
	}
}

// An honest pair that other peers do not affect.
inline void check_goes_on(TestWriter& writer, TestReader& reader) {
	CHECK(writer.write("still here") == WriterEndpoint::Written::kAccepted);
	const Texts texts = reader.read_all();
	CHECK(!texts.empty() && texts.back() == "still here");
	CHECK(reader.log.count(Event::Type::kDisconnect) == 0);
}

} // namespace ringwire
