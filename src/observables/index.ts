export { channelEvents } from './channel-events.js';
export type { DuplexState } from './client-session.js';
export { type DuplexSubject, type DuplexSubjectOptions, duplexSubject } from './duplex-subject.js';
export { type FromChannelOptions, fromChannel } from './from-channel.js';
export { type Latest, latestFrom } from './latest-from.js';
export { type PullMapOptions, pullMap } from './pull-map.js';
export type { Reconnect } from './reconnect.js';
export { type SampleTimes, sampleFrom } from './sample-from.js';
export { type WriteToOptions, writeTo } from './write-to.js';
