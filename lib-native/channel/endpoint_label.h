// The labels of endpoints at their meeting place: "writer-0123456789abcdef", role and id.
#pragma once

#include <string>

#include "channel/contract.h"
#include "channel/event.h"

namespace ringwire {

[[nodiscard]] std::string endpoint_label(Role role, uint64_t id);
// False: no endpoint has such a label. Sets role and id of the peer.
[[nodiscard]] bool parse_endpoint_label(const std::string& label, Peer& peer);

} // namespace ringwire
