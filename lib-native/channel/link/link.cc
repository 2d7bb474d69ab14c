#include "channel/link/link.h"

#include "channel/endpoint_label.h"

namespace ringwire {

std::string Link::label() const {
	if (dialled()) {
		return label_;
	}
	return peer.id == 0 || introduced() ? std::string() : endpoint_label(peer.role, peer.id);
}

} // namespace ringwire
