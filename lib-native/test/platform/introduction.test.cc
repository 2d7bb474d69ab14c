// The contract of platform/introduction.h, for every implementation.
#include "platform/introduction.h"

#include "platform/region.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

// One message with the offer, as endpoints send it: a byte for its type, and the offer's text behind it.
LinkEnd::Sent send_offer(LinkEnd& carrier, const LinkOffer& offer) {
	std::string message = "i";
	message.append(reinterpret_cast<const char*>(offer.text.data()), offer.text_bytes);
	return send_text(carrier, message, offer.handle.get());
}

Status take_offer(LinkEnd& carrier, LinkEnd& end) {
	Arrival arrival;
	receive_into(carrier, arrival);
	CHECK(arrival.outcome == LinkEnd::Received::kMessage);
	return take_link(reinterpret_cast<const std::byte*>(arrival.text.data()) + 1, arrival.length - 1, arrival.shared,
	                 end);
}

LAW("an offer that a message carries becomes a link between its sender and its receiver") {
	LinkPair carrier;
	LinkEnd own;
	{
		LinkOffer offer;
		REQUIRE(offer_link(own, offer).ok());
		CHECK(offer.text_bytes <= kOfferTextBytesMax);
		REQUIRE(send_offer(carrier.near, offer) == LinkEnd::Sent::kYes);
	}
	LinkEnd taken;
	REQUIRE(take_offer(carrier.far, taken).ok());
	REQUIRE(send_text(own, "hello") == LinkEnd::Sent::kYes && send_text(taken, "welcome") == LinkEnd::Sent::kYes);
	CHECK(receive_text(taken) == "hello" && receive_text(own) == "welcome");
	carrier.near.close();
	carrier.far.close();
	CHECK(!own.peer_has_closed() && !taken.peer_has_closed());
	own.close();
	CHECK(taken.peer_has_closed());
}

LAW("a message that is sent before the offer is taken arrives afterwards") {
	LinkPair carrier;
	LinkEnd own;
	{
		LinkOffer offer;
		REQUIRE(offer_link(own, offer).ok());
		REQUIRE(send_offer(carrier.near, offer) == LinkEnd::Sent::kYes);
	}
	REQUIRE(send_text(own, "first") == LinkEnd::Sent::kYes);
	LinkEnd taken;
	REQUIRE(take_offer(carrier.far, taken).ok());
	CHECK(receive_text(taken) == "first");
}

LAW("the end that is taken reports the process and the user that have offered it") {
	LinkPair carrier;
	LinkEnd own;
	LinkOffer offer;
	REQUIRE(offer_link(own, offer).ok());
	REQUIRE(send_offer(carrier.near, offer) == LinkEnd::Sent::kYes);
	LinkEnd taken;
	REQUIRE(take_offer(carrier.far, taken).ok());
	CHECK(taken.credentials().process == carrier.far.credentials().process);
	CHECK(taken.credentials().user == own_user());
}

LAW("an offer that is not taken ends with the link that carries it") {
	LinkEnd own;
	{
		LinkPair carrier;
		LinkOffer offer;
		REQUIRE(offer_link(own, offer).ok());
		REQUIRE(send_offer(carrier.near, offer) == LinkEnd::Sent::kYes);
	}
	CHECK(own.peer_has_closed());
}

LAW("an offer that was not sent ends with its destruction") {
	LinkEnd own;
	{
		LinkOffer offer;
		REQUIRE(offer_link(own, offer).ok());
		CHECK(!own.peer_has_closed());
	}
	CHECK(own.peer_has_closed());
}

LAW("a handle that is no link, none at all, and a text that no platform makes are CORRUPT, and the handle is taken") {
	LinkEnd end;
	Region region;
	REQUIRE(region.create(4096).ok());
	ReceivedHandle memory(handle_of_peer(region.share()));
	CHECK(take_link(nullptr, 0, memory, end).code == Code::kCorrupt);
	ReceivedHandle none;
	CHECK(take_link(nullptr, 0, none, end).code == Code::kCorrupt);
	const std::byte text[kOfferTextBytesMax] = {};
	ReceivedHandle with_text(handle_of_peer(region.share()));
	CHECK(take_link(text, sizeof text, with_text, end).code == Code::kCorrupt);
	CHECK(!end.open() && !memory.held() && !with_text.held());
}

} // namespace
