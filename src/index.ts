export type { Waiting } from './base/abort.js';
export type { BlockingOptions } from './base/blocking-wait.js';
export type { TypedEmitter } from './base/emitter.js';
export { RingwireError, type RingwireErrorCode } from './base/errors.js';
export type { DepartureReason, Peer } from './base/peer.js';
export type { RetryPolicy } from './base/retry.js';
export { type BytesLike, bytes } from './codecs/bytes.js';
export { type Framed, framed } from './codecs/framed.js';
export { type JsonOptions, json } from './codecs/json.js';
export type { SchemaInput, SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from './codecs/standard-schema.js';
export type { FieldType, StructFields } from './codecs/struct/description.js';
export { array } from './codecs/struct/fields/array.js';
export type { ArrayView } from './codecs/struct/fields/array-view.js';
export { enumeration } from './codecs/struct/fields/enumeration.js';
export { fixedBytes } from './codecs/struct/fields/fixed-bytes.js';
export {
	bool,
	f32,
	f64,
	i8,
	i16,
	i32,
	i64,
	i64Number,
	u8,
	u16,
	u32,
	u64,
	u64Number,
} from './codecs/struct/fields/scalars.js';
export { text } from './codecs/struct/fields/text.js';
export { type Struct, type StructInput, type StructOutput, type StructView, struct } from './codecs/struct/struct.js';
export { structured } from './codecs/structured.js';
export type { Codec } from './codecs/types.js';
export { utf8 } from './codecs/utf8.js';
export { type ValidatedOptions, type ValidationError, validated } from './codecs/validated.js';
export { type ConnectOptions, connect } from './connection/connect.js';
export { listen } from './connection/server.js';
export type {
	CloseOptions,
	Connection,
	ConnectionEvent,
	ConnectionEventType,
	ConnectionListener,
	ListenOptions,
	Server,
	ServerEvent,
	ServerEventType,
	ServerOptions,
} from './connection/types.js';
export {
	type Channel,
	type ChannelSpec,
	defineChannel,
	type LaneOptions,
	type LaneSpec,
	type Overflow,
} from './definition/channel.js';
export { type Duplex, type DuplexSpec, defineDuplex } from './definition/duplex.js';
export {
	defineService,
	type Service,
	type ServiceLane,
	type ServiceLaneSpec,
	type ServiceSpec,
} from './definition/service.js';
export type { CloseMessage, EventMessage, OpenMessage } from './endpoint/diagnostics.js';
export type {
	ChannelEvent,
	ChannelEventOf,
	ChannelEventType,
	ChannelListener,
	ReaderEvent,
	WriterEvent,
} from './endpoint/events.js';
export type { Endpoint, Handle, PeerStats, Stats, WhenConnectedOptions } from './endpoint/types.js';
export { type ListedChannel, type ListedEndpoint, type ListOptions, listChannels } from './listing/list-channels.js';
export type { Lease } from './reader/lease.js';
export { openReader } from './reader/reader.js';
export type { IterateOptions, OpenReaderOptions, Reader, ReaderOptions } from './reader/types.js';
export type { Until } from './reader/until.js';
export { connectService } from './service/client.js';
export { RemoteError } from './service/remote-error.js';
export { serve } from './service/serve.js';
export type {
	RequestContext,
	RequestHandler,
	RequestOptions,
	ServeOptions,
	ServiceClient,
	ServiceClientEvent,
	ServiceClientEventType,
	ServiceClientOptions,
	ServiceEvent,
	ServiceEventType,
	ServiceServer,
} from './service/types.js';
export type { Loan, StructLoan } from './writer/loan.js';
export { openWriter } from './writer/open-writer.js';
export { createPool, type Pool, type PoolOptions } from './writer/pool.js';
export type { CloseReport, Writer, WriterOptions } from './writer/types.js';
