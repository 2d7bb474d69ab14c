#include "channel/duplex_endpoint.h"

#include <algorithm>

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Introduction> DuplexEndpoint::take_introduction() {
	if (gone() || introductions_.empty()) {
		return nullptr;
	}
	std::unique_ptr<Introduction> next = std::move(introductions_.front());
	introductions_.pop_front();
	return next;
}

Status DuplexEndpoint::take_connection(const LaneGeometry& geometry, const ReaderOptions& options,
                                       Connection& connection) {
	std::unique_ptr<Introduction> introduction = take_introduction();
	if (introduction == nullptr) {
		return {};
	}
	const Peer client = introduction->peer;
	Status status = open_connection(std::move(introduction), geometry, options, connection);
	if (status.code == Code::kLimit && role_ == Role::kServer) {
		connection_over();
		could_not_accept(client, std::move(status));
		call_back_soon();
		return {};
	}
	return status;
}

Status DuplexEndpoint::open_connection(std::unique_ptr<Introduction> introduction, const LaneGeometry& geometry,
                                       const ReaderOptions& options, Connection& connection) const {
	Status status = check_process();
	if (!status.ok()) {
		return status;
	}
	Contract to_client = contract_;
	to_client.codec = contract_.codec_to_client;
	to_client.overflow = contract_.overflow_to_client;
	const bool at_server = role_ == Role::kServer;
	auto writer = std::make_unique<WriterEndpoint>(at_server ? to_client : contract_, geometry);
	auto reader = std::make_unique<ReaderEndpoint>(at_server ? contract_ : to_client, options);
	status = writer->open_on(introduction->to_peer.release(), introduction->peer);
	if (status.ok()) {
		status = reader->open_on(introduction->from_peer.release(), introduction->peer);
	}
	if (status.ok()) {
		connection = {introduction->peer, std::move(writer), std::move(reader)};
	}
	return status;
}

std::unique_ptr<Link> DuplexEndpoint::make_link() {
	return std::make_unique<DuplexLink>();
}

// Clients in their handshake count: their places are taken.
Status DuplexEndpoint::admit() {
	const auto promised = static_cast<uint64_t>(std::count_if(
		links_.begin(), links_.end(), [](const auto& link) { return link->state == Link::State::kSharing; }));
	if (role_ == Role::kServer && connections_ + promised >= connections_max_) {
		return Status::failure(Code::kLimit, "the server takes no more than " + std::to_string(connections_max_) +
		                                         " clients at a time, try again later");
	}
	return {};
}

Status DuplexEndpoint::greeted(Link& base, const WireHello&) {
	auto& link = static_cast<DuplexLink&>(base);
	OsHandle near = kNoHandle;
	OsHandle far = kNoHandle;
	Status status = make_link_pair(near, far);
	if (!status.ok()) {
		return status;
	}
	link.near.adopt(near);
	const HandleOwner peers_end(far);
	RINGWIRE_STEP("introduction: pair made");
	const auto message = static_cast<uint8_t>(WireType::kIntroduction);
	status = say(link, &message, sizeof message, far);
	RINGWIRE_STEP("introduction: sent");
	return status;
}

DuplexEndpoint::Answer DuplexEndpoint::received(Link& base, WireType type, const void*, size_t length,
                                                ReceivedHandle& handle) {
	auto& link = static_cast<DuplexLink&>(base);
	if (type != WireType::kIntroduction || length != 1 || link.state != Link::State::kSharing || !handle.held()) {
		return Answer::kNotExpected;
	}
	if (!LinkSocket::is_one(handle.get())) {
		refuse(link, Status::failure(Code::kCorrupt, "the handle in the peer's introduction is not a link"), true);
		return Answer::kTaken;
	}
	auto introduction = std::make_unique<Introduction>();
	introduction->peer = link.peer;
	introduction->to_peer.adopt(link.near.release());
	introduction->from_peer.adopt(handle.release());
	introductions_.push_back(std::move(introduction));
	connections_ += 1;
	link.state = Link::State::kAgreed;
	RINGWIRE_STEP("introduction: both ends here");
	dialled_peer_is_linked(link);
	push_event({Event::Type::kConnect, link.peer, {}, 0, {}});
	return Answer::kTaken;
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
