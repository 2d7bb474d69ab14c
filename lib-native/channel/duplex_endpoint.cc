#include "channel/duplex_endpoint.h"

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Introduction> DuplexEndpoint::take_introduction() {
	if (introductions_.empty()) {
		return nullptr;
	}
	std::unique_ptr<Introduction> next = std::move(introductions_.front());
	introductions_.pop_front();
	return next;
}

std::unique_ptr<Link> DuplexEndpoint::make_link(Status& status) {
	auto link = std::make_unique<DuplexLink>();
	OsHandle near = kNoHandle;
	OsHandle far = kNoHandle;
	status = make_link_pair(near, far);
	link->near.adopt(near);
	link->far.adopt(far);
	RINGWIRE_STEP("introduction: pair made");
	return status.ok() ? std::move(link) : nullptr;
}

void DuplexEndpoint::prepare_hello(Link& base, WireHello&, OsHandle& share) {
	share = static_cast<DuplexLink&>(base).far.get();
}

Status DuplexEndpoint::admit() {
	if (role_ == Role::kServer && connections_ >= connections_max_) {
		return Status::failure(Code::kLimit, "the server takes no more than " + std::to_string(connections_max_) +
		                                         " clients at a time, try again later");
	}
	return {};
}

Status DuplexEndpoint::agreed(Link& base, const WireHello&, OsHandle socket) {
	auto& link = static_cast<DuplexLink&>(base);
	auto introduction = std::make_unique<Introduction>();
	introduction->peer = link.peer;
	introduction->to_peer.adopt(link.near.release());
	introduction->from_peer.adopt(socket);
	introductions_.push_back(std::move(introduction));
	connections_ += 1;
	RINGWIRE_STEP("introduction: both ends here");
	push_event({Event::Type::kConnect, link.peer, {}, 0, {}});
	return {};
}

uint32_t DuplexEndpoint::progress() {
	for (const auto& link : links_) {
		if (link->state == Link::State::kAgreed) {
			close_link(*link); // both have what they need
			RINGWIRE_STEP("introduction: link closed");
		}
	}
	return kWakeNone;
}

} // namespace ringwire
