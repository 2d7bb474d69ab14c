// The two sides of a duplex connection: a server that listens under the channel's name, clients that look for it.
// The link between them carries only the introduction: each side offers the other a fresh link, over which its writer then
// talks to the other's reader exactly as on a one-way channel. So a connection is two lanes
// with a link each, and the link of the introduction is closed.
#pragma once

#include <deque>
#include <memory>

#include "channel/reader/reader_endpoint.h"
#include "channel/writer/writer_endpoint.h"
#include "platform/introduction.h"

namespace ringwire {

class DuplexEndpoint;

class DuplexLink final : public Link {
public:
	explicit DuplexLink(DuplexEndpoint& endpoint) : endpoint_(endpoint) {}
	[[nodiscard]] Status greeted(const WireHello& hello) override;
	[[nodiscard]] Answer received(WireType type, const void* message, size_t length, ReceivedHandle& handle) override;
	[[nodiscard]] State parted() override { return State::kGone; }
	void count(LinkCounts&) const override {}

	LinkEnd offered; // this side's end of the link that this side has offered and is going to write to

private:
	DuplexEndpoint& endpoint_;
};

// The peer and the two links of a connection that is not open yet.
struct Introduction {
	Peer peer;
	LinkEnd to_peer;   // offered by this side, for its writer
	LinkEnd from_peer; // offered by the peer, for its writer
};

// A connection on one side: both of its directions are open, or it is none.
struct Connection {
	Peer peer;
	std::unique_ptr<WriterEndpoint> writer;
	std::unique_ptr<ReaderEndpoint> reader;
};

class DuplexEndpoint final : public Endpoint {
public:
	// `role`: kServer or kClient. `connections_max`: of a server, how many clients it takes at a time.
	DuplexEndpoint(const Contract& contract, Role role, uint64_t connections_max)
		: Endpoint(contract, role, links_), connections_max_(connections_max) {}
	// Of a client, before `open`.
	void pause(const Pauses& pauses) { pauses_ = pauses; }
	~DuplexEndpoint() override { leave(); }

	// A server: kExists when there is one already. A client goes on looking for its server in `service`.
	[[nodiscard]] Status open() { return join(); }
	// The next peer that has been introduced, null when there is none. Each comes with a kConnect event, in the same order.
	[[nodiscard]] std::unique_ptr<Introduction> take_introduction();
	// Opens the next connection. Neither writer nor reader: there is none, or the server lacked something for it, which is an event
	// (once for each shortage).
	[[nodiscard]] Status take_connection(const LaneGeometry& geometry, const ReaderOptions& options,
	                                     Connection& connection);
	// Opens both directions, each with its part of the contract. On failure neither stays open.
	[[nodiscard]] Status open_connection(std::unique_ptr<Introduction> introduction, const LaneGeometry& geometry,
	                                     const ReaderOptions& options, Connection& connection) const;
	// A connection that was taken is over.
	void connection_over() { connections_ -= 1; }

private:
	friend DuplexLink;

	[[nodiscard]] Status admit() override;
	[[nodiscard]] uint32_t progress() override;
	void introduced(DuplexLink& link, LinkEnd& from_peer);
	void describe(WireReport& report) override { report.peers = connections_; }

	LinksOf<DuplexLink, DuplexEndpoint> links_{*this};
	uint64_t connections_max_;
	uint64_t connections_ = 0;
	std::deque<std::unique_ptr<Introduction>> introductions_;
};

} // namespace ringwire
