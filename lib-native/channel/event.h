// The events of an endpoint, in the order in which they happened.
#pragma once

#include <cstdint>

#include "channel/contract.h"
#include "core/status.h"

namespace ringwire {

struct Peer {
	uint64_t id = 0; // of one endpoint's life, random
	uint32_t process = 0;
	uint32_t user = 0;
	Role role = Role::kWriter;
};

struct Event {
	enum class Type : uint8_t { kConnect, kDisconnect, kLost, kEnd, kShutdown, kError, kRefused };
	enum class Reason : uint8_t { kClosed, kDied, kCorrupt };

	Type type;
	Peer peer; // id 0: none is known
	Reason reason = Reason::kClosed;
	uint64_t count = 0;
	Status status;      // of kError; of kRefused: the refusal after which no peer is left to link with
	bool ended = false; // kDisconnect of a writer: it had called end(), and its lane was read to the end
};

} // namespace ringwire
