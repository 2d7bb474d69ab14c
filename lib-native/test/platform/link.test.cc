// The contract of a link (platform/link_end.h), for every implementation.
#include <vector>

#include "platform/wait_set.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

LAW("messages arrive whole and in order, in both directions") {
	LinkPair pair;
	REQUIRE(pair.made.ok());
	for (int i = 0; i < 5; ++i) {
		REQUIRE(send_text(pair.near, "to far " + std::to_string(i)) == LinkEnd::Sent::kYes);
		REQUIRE(send_text(pair.far, "to near " + std::to_string(i)) == LinkEnd::Sent::kYes);
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
	CHECK(arrival.outcome == LinkEnd::Received::kNothing);
}

LAW("a message that is longer than the room for it is cut off, its true length is known, and the next one is not "
    "touched") {
	LinkPair pair;
	REQUIRE(send_text(pair.near, "0123456789") == LinkEnd::Sent::kYes);
	REQUIRE(send_text(pair.near, "next") == LinkEnd::Sent::kYes);
	Arrival arrival;
	receive_into(pair.far, arrival, 4);
	CHECK(arrival.length == 10);
	CHECK(arrival.text == "0123");
	CHECK(receive_text(pair.far) == "next");
}

LAW("messages that were sent before the close arrive before the end") {
	LinkPair pair;
	REQUIRE(send_text(pair.near, "one") == LinkEnd::Sent::kYes);
	REQUIRE(send_text(pair.near, "two") == LinkEnd::Sent::kYes);
	pair.near.close();
	CHECK(pair.far.peer_has_closed());
	CHECK(receive_text(pair.far) == "one");
	CHECK(receive_text(pair.far) == "two");
	Arrival end;
	receive_into(pair.far, end);
	CHECK(end.outcome == LinkEnd::Received::kGone);
	receive_into(pair.far, end);
	CHECK(end.outcome == LinkEnd::Received::kGone);
}

LAW("a message that the peer has not received does not keep back those that it has sent") {
	LinkPair pair;
	REQUIRE(send_text(pair.near, "for you") == LinkEnd::Sent::kYes);
	REQUIRE(send_text(pair.far, "never read") == LinkEnd::Sent::kYes);
	pair.near.close();
	CHECK(receive_text(pair.far) == "for you");
	Arrival end;
	receive_into(pair.far, end);
	CHECK(end.outcome == LinkEnd::Received::kGone);
}

LAW("a send to a closed peer answers that it is gone") {
	LinkPair pair;
	CHECK(!pair.near.peer_has_closed());
	pair.far.close();
	CHECK(send_text(pair.near, "x") == LinkEnd::Sent::kGone);
}

LAW("a link is bounded: a send answers full, and succeeds when the peer has received") {
	LinkPair pair;
	size_t sent = 0;
	LinkEnd::Sent last = LinkEnd::Sent::kYes;
	while (last == LinkEnd::Sent::kYes && sent < 1'000'000) {
		last = send_text(pair.near, "message");
		sent += last == LinkEnd::Sent::kYes ? 1 : 0;
	}
	REQUIRE(last == LinkEnd::Sent::kFull);
	CHECK(sent >= 16); // a handshake, and some doorbells
	size_t received = 0;
	while (receive_text(pair.far) == "message") {
		received += 1;
	}
	CHECK(received == sent);
	CHECK(send_text(pair.near, "again") == LinkEnd::Sent::kYes);
}

LAW("a handle comes with its message, and with no other one") {
	LinkPair pair;
	Region region;
	REQUIRE(region.create(4096).ok());
	REQUIRE(send_text(pair.near, "before") == LinkEnd::Sent::kYes);
	REQUIRE(send_text(pair.near, "with", region.share()) == LinkEnd::Sent::kYes);
	REQUIRE(send_text(pair.near, "after") == LinkEnd::Sent::kYes);
	for (const char* expected : {"before", "with", "after"}) {
		Arrival arrival;
		receive_into(pair.far, arrival);
		CHECK(arrival.text == expected);
		CHECK(arrival.shared.held() == (arrival.text == "with"));
		CHECK(!arrival.truncated);
	}
	CHECK(region.share() != kNoHandle);
}

LAW("both ends of a pair belong to this user") {
	LinkPair pair;
	CHECK(pair.near.credentials().user == own_user());
	CHECK(pair.near.credentials().process == pair.far.credentials().process);
}

} // namespace
