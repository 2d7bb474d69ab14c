// A manual endpoint: others find its label and connect. The law accepts and answers.
#pragma once

#include <string>

#include "platform/meeting_place.h"
#include "test/company.h"

namespace ringwire {

class ManualListener {
public:
	ManualListener(const Contract& contract, const std::string& label, int backlog = 8) {
		CHECK(place_.find(contract.directory, contract.name, contract.group).ok());
		CHECK(place_.appear(label, backlog).ok());
	}
	// False: no connection waits.
	[[nodiscard]] bool accept(LinkEnd& end) { return place_.accept(end) == MeetingPlace::Accepted::kYes; }

private:
	MeetingPlace place_;
};

} // namespace ringwire
