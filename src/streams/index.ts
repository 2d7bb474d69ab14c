export { type ConnectionStream, createDuplexStream, type DuplexStreamOptions } from './duplex-stream.js';
export { type ChannelReadable, createReadStream, type ReadStreamOptions } from './read-stream.js';
export { createWebDuplex, createWebReadable, createWebWritable } from './web-streams.js';
export { type ChannelWritable, createWriteStream, type WriteStreamOptions } from './write-stream.js';
