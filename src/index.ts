export {
	type Channel,
	type ChannelSpec,
	defineChannel,
} from './channel/contract.js';
export { RingwireError, type RingwireErrorCode } from './channel/errors.js';
export type { ChannelEvent, ChannelEventOf, ChannelEventType, ChannelListener } from './channel/events.js';
export { type ListedChannel, type ListedEndpoint, type ListOptions, listChannels } from './channel/list-channels.js';
export type { Peer } from './channel/peer.js';
export { openReader } from './channel/reader.js';
export type {
	CloseReport,
	Handle,
	IterateOptions,
	Overflow,
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
