// The names of endpoints in a channel's folder: "writer-0123456789abcdef", made of role and id; and what becomes of them when
// their endpoints are dead.
#pragma once

#include <string>

#include "channel/contract.h"
#include "channel/event.h"
#include "platform/link_socket.h"

namespace ringwire {

[[nodiscard]] std::string endpoint_name_prefix(Role role);
[[nodiscard]] std::string endpoint_name(Role role, uint64_t id);
// False: no endpoint has such a name. Of the peer, role and id are set.
[[nodiscard]] bool parse_endpoint_name(const std::string& name, Peer& peer);

// Removes the name of an endpoint that does not listen any more, or, with a group, that was not opened to the group by a member
// who is gone. Only while the channel's lock is held, or for one that is known to be dead: without the lock, who does not
// listen may be about to. True: it was dead. False: `living` identifies the process that listens there, if the kernel shows it.
bool remove_dead_name(const std::string& path, uint32_t group, Credentials* living = nullptr);

// Removes names of dead endpoints, and the folder when no endpoint is left in it. Never waits: a process that holds the lock meanwhile has
// to call this after releasing it, as it may have kept the last endpoint from doing so.
void tidy_up(const std::string& folder, uint32_t group);

} // namespace ringwire
