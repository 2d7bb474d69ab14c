// Bugs for the simulation to find: each replaces a text of one source by another one. A text that is not found is a failure, so that
// a change of the source does not disable its mutant.

/** Each as {name, text (for people), file (below lib-native), replace, by}. */
export const simulationMutants = [
	{
		name: 'order-without-bound',
		text: 'a reader that sorts by time looks at linked lanes only',
		file: 'channel/reader/reader_endpoint_order.cc',
		replace: '	const uint64_t bound = causal_bound();',
		by: '	const uint64_t bound = kNoBound;',
	},
	{
		name: 'handle-before-hello',
		text: 'the dialling side sends a handle before the hello of its peer',
		file: 'channel/joining/connector.cc',
		replace: '		status = handshake_.greet(link);\n',
		by: '		status = handshake_.greet(link);\n		const auto type = static_cast<uint8_t>(WireType::kCursor);\n		(void)link.socket.send(&type, 1, link.socket.handle());\n',
	},
	{
		name: 'shutdown-without-equals',
		text: 'a shutdown is sent over links only',
		file: 'channel/endpoint/shutdown.cc',
		replace: '		rendezvous_.list_others(unannounced_);\n',
		by: '',
	},
	{
		name: 'open-does-not-look-again',
		text: 'an endpoint looks for others before it appears, and not again',
		file: 'channel/joining/rendezvous.cc',
		replace: 'if (status.ok() && !look(labels).ok()) {',
		by: 'if (status.ok() && false) {',
	},
	{
		name: 'leaving-takes-the-lock',
		text: 'an endpoint that leaves waits for the lock',
		file: 'channel/joining/rendezvous.cc',
		replace: '	place_.withdraw();\n',
		by: '	Status status;\n	(void)place_.lock_until(monotonic_nanos() + kLockWaitNanosMax, status);\n	place_.withdraw();\n	place_.unlock();\n',
	},
	{
		name: 'ring-is-forgotten',
		text: 'a writer does not ring a reader that sleeps',
		file: 'channel/writer/writer_endpoint.cc',
		replace: 'link.bell.due(link.cursor->asleep_epoch().load(std::memory_order_relaxed))) {',
		by: 'link.bell.due(link.cursor->asleep_epoch().load(std::memory_order_relaxed)) && false) {',
	},
	{
		name: 'space-is-forgotten',
		text: 'a reader does not ring a writer that waits for space',
		file: 'channel/reader/reader_endpoint.cc',
		replace: 'link.bell.due(epoch)',
		by: 'link.bell.due(epoch) && false',
	},
	{
		name: 'silent-writer-is-left-out',
		text: 'a silent writer does not keep a reader from its end',
		file: 'channel/reader/reader_endpoint.cc',
		replace: 'attempts_.has_silent_peer() ||',
		by: '',
	},
	{
		name: 'full-backlog-drops-the-promise',
		text: 'a peer whose backlog is full is not awaited any more',
		file: 'channel/joining/connector.cc',
		replace:
			'		if (link.awaited()) {\n			retries_.set(kConnectRetryNanos);\n			return true;\n		}\n',
		by: '',
	},
	{
		name: 'reader-is-not-awaited',
		text: 'a writer does not keep its lane for readers that are still in their handshake',
		file: 'channel/writer/writer_endpoint.cc',
		replace: 'link.awaited() && link.state() < Link::State::kAgreed;',
		by: 'link.awaited() && link.is(Link::State::kGone);',
	},
	{
		name: 'tail-ignores-the-slowest',
		text: 'the fastest reader decides what may be overwritten',
		file: 'channel/writer/writer_endpoint.cc',
		replace: 'lowest = std::min(lowest, link.cursor->sequence());',
		by: 'lowest = is_held ? std::max(lowest, link.cursor->sequence()) : link.cursor->sequence();',
	},
	{
		name: 'ended-before-it-is-read',
		text: 'a reader forgets the lane of a writer that is gone',
		file: 'channel/reader/reader_endpoint_links.cc',
		replace: 'return reader_.read_to_the_end(*this) ? State::kGone : State::kDraining;',
		by: '(void)reader_.read_to_the_end(*this);\n	return State::kGone;',
	},
	{
		name: 'each-shortage-is-an-error',
		text: 'every failed accept is an error event',
		file: 'channel/joining/attempts.cc',
		replace: 'status.code == Code::kLimit && !retries_.is_news({})',
		by: 'status.code == Code::kLimit && !retries_.is_news({}) && false',
	},
	{
		name: 'goodbye-is-forgotten',
		text: 'an endpoint leaves without a goodbye',
		file: 'channel/endpoint/endpoint.cc',
		replace: 'if (send_bye && link.socket.open() &&',
		by: 'if (send_bye && false && link.socket.open() &&',
	},
	{
		name: 'handshake-is-not-tried-again',
		text: 'a handshake that the peer has given up is not tried again',
		file: 'channel/joining/attempts.cc',
		replace: 'if ((late || status.code == Code::kLimit) &&',
		by: 'if (status.code == Code::kLimit &&',
	},
];
