// The lock of a channel's meeting place, held as long as this lives.
#pragma once

#include "channel/contract.h"
#include "platform/meeting_place.h"
#include "test/law.h"

namespace ringwire {

class HeldLock {
public:
	explicit HeldLock(const Contract& contract) {
		Status status;
		CHECK(place_.find(contract.directory, contract.name, contract.group).ok());
		held_ = place_.try_lock(status) == MeetingPlace::Locked::kYes;
	}
	[[nodiscard]] bool held() const { return held_; }
	void release() { place_.unlock(); }

private:
	MeetingPlace place_;
	bool held_ = false;
};

} // namespace ringwire
