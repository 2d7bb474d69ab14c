// The definition of a channel, on which both sides must agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/meeting_place.h"

namespace ringwire {

// Writers and readers meet on a one-way channel, servers and clients on a duplex one.
enum class Role : uint8_t { kWriter = 1, kReader = 2, kServer = 3, kClient = 4 };

[[nodiscard]] constexpr Role opposite(Role role) {
	switch (role) {
	case Role::kWriter:
		return Role::kReader;
	case Role::kReader:
		return Role::kWriter;
	case Role::kServer:
		return Role::kClient;
	case Role::kClient:
		break;
	}
	return Role::kServer;
}
[[nodiscard]] constexpr bool is_duplex(Role role) {
	return role == Role::kServer || role == Role::kClient;
}

// Whether others find an endpoint of this role at the meeting place. A client has no label, as no endpoint looks for it.
[[nodiscard]] constexpr bool has_label(Role role) {
	return role != Role::kClient;
}

inline constexpr std::string_view kRoleNames[] = {"", "writer", "reader", "server", "client"};
[[nodiscard]] constexpr std::string_view role_name(Role role) {
	return kRoleNames[static_cast<size_t>(role)];
}

// A rule about the writer's limit, and about what happens at it.
enum class Overflow : uint8_t { kBlock, kDropNewest, kDropOldest, kLatest };

inline constexpr std::string_view kOverflowNames[] = {"block", "drop-newest", "drop-oldest", "latest"};

[[nodiscard]] constexpr std::string_view overflow_name(Overflow overflow) {
	return kOverflowNames[static_cast<size_t>(overflow)];
}
// Whether readers hold the writer back at all.
[[nodiscard]] constexpr bool has_limit(Overflow overflow) {
	return overflow == Overflow::kBlock || overflow == Overflow::kDropNewest;
}

struct Contract {
	std::string name;
	std::string codec; // its id; of a duplex channel: of the direction to the server
	Overflow overflow = Overflow::kBlock;
	std::string codec_to_client; // of a duplex channel only
	Overflow overflow_to_client = Overflow::kBlock;
	std::string directory;     // the run-time folder, empty for the default
	uint32_t group = kNoGroup; // whose members may join too
	std::string layout; // of the messages, see layouts.h; empty: none is given; of a duplex channel: to the server
	std::string layout_to_client; // of a duplex channel only
};

} // namespace ringwire
