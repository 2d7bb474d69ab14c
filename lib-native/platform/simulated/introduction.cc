// An offer is the other end of a pair, without a text.
#include "platform/introduction.h"

#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::kernel;
using simulated::LinkObject;
using simulated::Object;
using simulated::scheduler;

Status offer_link(LinkEnd& own_end, LinkOffer& offer) {
	scheduler().point("make link pair", 16, 0);
	if (!kernel().has_room_for(2)) {
		return Status{Code::kLimit, "could not make a pair of links: too many handles", "make link pair", 1};
	}
	LinkObject& one = kernel().make_link();
	LinkObject& other = kernel().make_link();
	kernel().join(one, other);
	one.introduced = other.introduced = true;
	one.peer_process = other.peer_process = kernel().process_id();
	own_end.adopt(kernel().add_handle(one));
	offer.handle.adopt(kernel().add_handle(other));
	offer.text_bytes = 0;
	return {};
}

Status take_link(const std::byte*, size_t text_bytes, ReceivedHandle& handle, LinkEnd& end) {
	ReceivedHandle offered;
	offered.adopt(handle.release());
	if (text_bytes != 0 || kernel().get<LinkObject>(offered.get(), Object::Kind::kLink) == nullptr) {
		return Status::failure(Code::kCorrupt, "the handle in the peer's introduction is not a link");
	}
	end.adopt(offered.release());
	return {};
}

} // namespace ringwire
