// An offer is the other socket of a pair, without a text.
#include "platform/introduction.h"

#include "platform/linux/unix_socket.h"

namespace ringwire {

Status offer_link(LinkEnd& own_end, LinkOffer& offer) {
	OsHandle near = kNoHandle;
	OsHandle far = kNoHandle;
	Status status = make_link_pair(near, far);
	if (status.ok()) {
		own_end.adopt(near);
		offer.handle.adopt(far);
		offer.text_bytes = 0;
	}
	return status;
}

Status take_link(const std::byte*, size_t text_bytes, ReceivedHandle& handle, LinkEnd& end) {
	ReceivedHandle offered;
	offered.adopt(handle.release());
	if (text_bytes != 0 || !offered.held() || !is_link_socket(offered.get())) {
		return Status::failure(Code::kCorrupt, "the handle in the peer's introduction is not a link");
	}
	end.adopt(offered.release());
	return {};
}

} // namespace ringwire
