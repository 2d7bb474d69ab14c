// The list of endpoints: every endpoint of every channel in a run-time folder, each asked by a query over its own socket. Cleans up
// after the dead on the way, and touches nothing else.
#pragma once

#include <string>
#include <vector>

#include "channel/event.h"
#include "core/status.h"

namespace ringwire {

struct Listed {
	std::string channel;
	Peer peer;
	bool answered = false; // alive, but it did not answer in time: the rest is empty
	std::string codec;
	std::string overflow;
	uint64_t peers = 0;
	uint64_t capacity = 0;
	uint64_t depth = 0;
	uint64_t unread = 0;
	uint64_t unread_bytes = 0;
	uint64_t messages = 0;
	uint64_t holders = 0;
	uint64_t pool_bytes = 0;
	uint64_t pool_used = 0;
	uint64_t leases = 0;
	uint64_t oldest_lease_nanos = 0;
	uint8_t waiting = 0; // WireReport::waiting
};

// Waits for all answers together at most `timeout_nanos`. Of many endpoints it asks a part at a time, and with few descriptors
// one after the other; with none it fails: a list is never shorter for want of them.
[[nodiscard]] Status list_channels(const std::string& directory, uint32_t group, uint64_t timeout_nanos,
                                   std::vector<Listed>& listed);

} // namespace ringwire
