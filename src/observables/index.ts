export { channelEvents } from './channel-events.js';
export { type FromChannelOptions, fromChannel } from './from-channel.js';
export { type PullMapOptions, pullMap } from './pull-map.js';
export { type WriteToOptions, writeTo } from './write-to.js';
