#include "channel/duplex/duplex_endpoint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/step.h"

namespace ringwire {

std::unique_ptr<Introduction> DuplexEndpoint::take_introduction() {
	if (left() || introductions_.empty()) {
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
	if (status.code == Code::kLimit && self_.role == Role::kServer) {
		connection_over();
		attempts_.could_not_accept(client, std::move(status));
		call_back_soon();
		return {};
	}
	return status;
}

Status DuplexEndpoint::open_connection(std::unique_ptr<Introduction> introduction, const LaneGeometry& geometry,
                                       const ReaderOptions& options, Connection& connection) const {
	Status status = self_.check_process();
	if (!status.ok()) {
		return status;
	}
	Contract to_client = self_.contract;
	to_client.codec = self_.contract.codec_to_client;
	to_client.overflow = self_.contract.overflow_to_client;
	const bool at_server = self_.role == Role::kServer;
	auto writer = std::make_unique<WriterEndpoint>(at_server ? to_client : self_.contract, geometry);
	auto reader = std::make_unique<ReaderEndpoint>(at_server ? self_.contract : to_client, options);
	status = writer->open_on(introduction->to_peer, introduction->peer);
	if (status.ok()) {
		status = reader->open_on(introduction->from_peer, introduction->peer);
	}
	if (status.ok()) {
		connection = {introduction->peer, std::move(writer), std::move(reader)};
	}
	return status;
}

// Clients in their handshake count: their places are taken.
Status DuplexEndpoint::admit() {
	const uint64_t promised = links_.count(Link::State::kSharing);
	if (self_.role == Role::kServer && connections_ + promised >= connections_max_) {
		return Status::failure(Code::kLimit, "the server takes no more than " + std::to_string(connections_max_) +
		                                         " clients at a time, try again later");
	}
	return {};
}

Status DuplexLink::greeted(const WireHello&) {
	LinkOffer offer;
	Status status = offer_link(offered, offer);
	if (!status.ok()) {
		return status;
	}
	RINGWIRE_STEP("introduction: pair made");
	std::array<std::byte, 1 + kOfferTextBytesMax> message;
	message[0] = static_cast<std::byte>(WireType::kIntroduction);
	std::copy_n(offer.text.begin(), offer.text_bytes, message.begin() + 1);
	status = Handshake::send(*this, message.data(), 1 + offer.text_bytes, offer.handle.get());
	RINGWIRE_STEP("introduction: sent");
	return status;
}

Link::Answer DuplexLink::received(WireType type, const void* message, size_t length, ReceivedHandle& handle) {
	if (type != WireType::kIntroduction || length > 1 + kOfferTextBytesMax || !is(State::kSharing)) {
		return Answer::kNotExpected;
	}
	LinkEnd from_peer;
	Status status = take_link(static_cast<const std::byte*>(message) + 1, length - 1, handle, from_peer);
	if (status.ok()) {
		endpoint_.introduced(*this, from_peer);
	} else {
		endpoint_.handshake_.refuse(*this, std::move(status), true);
	}
	return Answer::kTaken;
}

void DuplexEndpoint::introduced(DuplexLink& link, LinkEnd& from_peer) {
	auto introduction = std::make_unique<Introduction>();
	introduction->peer = link.peer;
	introduction->to_peer.adopt(link.offered);
	introduction->from_peer.adopt(from_peer);
	introductions_.push_back(std::move(introduction));
	connections_ += 1;
	link.agree();
	RINGWIRE_STEP("introduction: both ends here");
	attempts_.linked(link);
	events_.push({Event::Type::kConnect, link.peer, {}, 0, {}});
}

uint32_t DuplexEndpoint::progress() {
	if (links_.count(Link::State::kAgreed) != 0) {
		for (DuplexLink& link : links_.all()) {
			if (link.is(Link::State::kAgreed)) {
				doorbell_.close(link); // both have what they need
				RINGWIRE_STEP("introduction: link closed");
			}
		}
	}
	return kWakeNone;
}

} // namespace ringwire
