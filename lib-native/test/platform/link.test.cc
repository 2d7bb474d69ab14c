// The contract of a link (platform/link_socket.h), for every implementation.
#include <vector>

#include "platform/wait_set.h"
#include "test/platform/link_pair.h"

namespace ringwire {
namespace {

LAW("messages arrive whole and in order, in both directions") {
	LinkPair pair;
	REQUIRE(pair.made.ok());
	for (int i = 0; i < 5; ++i) {
		REQUIRE(send_text(pair.near, "to far " + std::to_string(i)) == LinkSocket::Sent::kYes);
		REQUIRE(send_text(pair.far, "to near " + std::to_string(i)) == LinkSocket::Sent::kYes);
	}
	for (int i = 0; i < 5; ++i) {
		CHECK(receive_text(pair.far) == "to far " + std::to_string(i));
		CHECK(receive_text(pair.near) == "to near " + std::to_string(i));
	}
}

LAW("a link without a message has nothing to receive") {
	LinkPair pair;
	Arrival arrival;
	receive_into(pair.near, arrival);
	CHECK(arrival.outcome == LinkSocket::Received::kNothing);
}

LAW("a message that is longer than the room for it is cut off, its true length is known, and the next one is not "
    "touched") {
	LinkPair pair;
	REQUIRE(send_text(pair.near, "0123456789") == LinkSocket::Sent::kYes);
	REQUIRE(send_text(pair.near, "next") == LinkSocket::Sent::kYes);
	Arrival arrival;
	receive_into(pair.far, arrival, 4);
	CHECK(arrival.length == 10);
	CHECK(arrival.text == "0123");
	CHECK(receive_text(pair.far) == "next");
}

LAW("messages that were sent before the close arrive before the end") {
	LinkPair pair;
	REQUIRE(send_text(pair.near, "one") == LinkSocket::Sent::kYes);
	REQUIRE(send_text(pair.near, "two") == LinkSocket::Sent::kYes);
	pair.near.close();
	CHECK(pair.far.peer_has_closed());
	CHECK(receive_text(pair.far) == "one");
	CHECK(receive_text(pair.far) == "two");
	Arrival end;
	receive_into(pair.far, end);
	CHECK(end.outcome == LinkSocket::Received::kGone);
	receive_into(pair.far, end);
	CHECK(end.outcome == LinkSocket::Received::kGone);
}

LAW("a message that the peer has not received does not keep back those that it has sent") {
	LinkPair pair;
	REQUIRE(send_text(pair.near, "for you") == LinkSocket::Sent::kYes);
	REQUIRE(send_text(pair.far, "never read") == LinkSocket::Sent::kYes);
	pair.near.close();
	CHECK(receive_text(pair.far) == "for you");
	Arrival end;
	receive_into(pair.far, end);
	CHECK(end.outcome == LinkSocket::Received::kGone);
}

LAW("a send to a closed peer answers that it is gone") {
	LinkPair pair;
	CHECK(!pair.near.peer_has_closed());
	pair.far.close();
	CHECK(send_text(pair.near, "x") == LinkSocket::Sent::kGone);
}

LAW("a link is bounded: a send answers full, and succeeds when the peer has received") {
	LinkPair pair;
	size_t sent = 0;
	LinkSocket::Sent last = LinkSocket::Sent::kYes;
	while (last == LinkSocket::Sent::kYes && sent < 1'000'000) {
		last = send_text(pair.near, "message");
		sent += last == LinkSocket::Sent::kYes ? 1 : 0;
	}
	REQUIRE(last == LinkSocket::Sent::kFull);
	CHECK(sent >= 16); // a handshake, and some doorbells
	size_t received = 0;
	while (receive_text(pair.far) == "message") {
		received += 1;
	}
	CHECK(received == sent);
	CHECK(send_text(pair.near, "again") == LinkSocket::Sent::kYes);
}

LAW("a handle comes with its message, and with no other one") {
	LinkPair pair;
	Region region;
	REQUIRE(region.create(4096).ok());
	REQUIRE(send_text(pair.near, "before") == LinkSocket::Sent::kYes);
	REQUIRE(send_text(pair.near, "with", region.share()) == LinkSocket::Sent::kYes);
	REQUIRE(send_text(pair.near, "after") == LinkSocket::Sent::kYes);
	for (const char* expected : {"before", "with", "after"}) {
		Arrival arrival;
		receive_into(pair.far, arrival);
		CHECK(arrival.text == expected);
		CHECK(arrival.shared.held() == (arrival.text == "with"));
		CHECK(!arrival.truncated);
	}
	CHECK(region.share() != kNoHandle);
}

LAW("one end of a link can travel over another link, and works in the hands of the receiver") {
	LinkPair carrier;
	LinkPair carried;
	REQUIRE(send_text(carrier.near, "take", carried.far.handle()) == LinkSocket::Sent::kYes);
	Arrival arrival;
	receive_into(carrier.far, arrival);
	REQUIRE(arrival.shared.held());
	CHECK(LinkSocket::is_one(arrival.shared.get()));
	LinkSocket received(arrival.shared.release());
	REQUIRE(send_text(carried.near, "hello") == LinkSocket::Sent::kYes);
	CHECK(receive_text(received) == "hello");
}

LAW("an end of a link that a message carries is closed with the link that carries it") {
	LinkPair carried;
	{
		LinkPair carrier;
		REQUIRE(send_text(carrier.near, "never received", carried.far.handle()) == LinkSocket::Sent::kYes);
		carried.far.close();
	}
	CHECK(carried.near.peer_has_closed());
}

LAW("a handle is an end of a link or it is not") {
	LinkPair pair;
	Region region;
	REQUIRE(region.create(4096).ok());
	CHECK(LinkSocket::is_one(pair.near.handle()));
	CHECK(!LinkSocket::is_one(region.share()));
}

LAW("both ends of a pair belong to this user") {
	LinkPair pair;
	CHECK(pair.near.credentials().user == own_user());
	CHECK(pair.near.credentials().process == pair.far.credentials().process);
}

} // namespace
} // namespace ringwire
