export {
	type ConnectionStream,
	createDuplexStream,
	createDuplexStreamPair,
	type DuplexStreamOptions,
} from './duplex-stream.js';
export { type ChannelReadable, createReadStream, type ReadStreamOptions } from './read-stream.js';
export { createReadableStream, createWritableStream } from './web-streams.js';
export { type ChannelWritable, createWriteStream, type WriteStreamOptions } from './write-stream.js';
