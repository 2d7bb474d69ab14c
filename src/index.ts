export { type ConnectOptions, connect } from './channel/connect.js';
export type {
	Connection,
	ConnectionEvent,
	ConnectionEventType,
	ConnectionListener,
} from './channel/connection.js';
export { type Channel, type ChannelSpec, defineChannel, type LaneSpec } from './channel/contract.js';
export type { CloseMessage, EventMessage, OpenMessage } from './channel/diagnostics.js';
export { type Duplex, type DuplexSpec, defineDuplex } from './channel/duplex.js';
export { RingwireError, type RingwireErrorCode } from './channel/errors.js';
export type {
	ChannelEvent,
	ChannelEventOf,
	ChannelEventType,
	ChannelListener,
	DepartureReason,
} from './channel/events.js';
export { type ListedChannel, type ListedEndpoint, type ListOptions, listChannels } from './channel/list-channels.js';
export type { Peer } from './channel/peer.js';
export { openReader } from './channel/reader.js';
export { RemoteError } from './channel/remote-error.js';
export type { RequestContext, RequestHandler } from './channel/request-session.js';
export type { RetryPolicy } from './channel/retry.js';
export {
	type ServeOptions,
	type ServiceEvent,
	type ServiceEventType,
	type ServiceServer,
	serve,
} from './channel/serve.js';
export { listen, type Server, type ServerEvent, type ServerEventType, type ServerOptions } from './channel/server.js';
export { defineService, type Service, type ServiceSpec } from './channel/service.js';
export {
	connectService,
	type RequestOptions,
	type ServiceClient,
	type ServiceClientOptions,
} from './channel/service-client.js';
export type {
	CloseReport,
	Handle,
	IterateOptions,
	OpenReaderOptions,
	Overflow,
	PeerStats,
	Reader,
	ReaderOptions,
	Stats,
	Waiting,
	Writer,
	WriterOptions,
} from './channel/types.js';
export { openWriter } from './channel/writer.js';
export { bytes } from './codecs/bytes.js';
export { json } from './codecs/json.js';
export { structured } from './codecs/structured.js';
export type { Codec, FixedCodec } from './codecs/types.js';
export { utf8 } from './codecs/utf8.js';
