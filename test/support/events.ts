import type { ChannelEvent, Handle } from 'ringwire';
import { readerEventTypes, writerEventTypes } from '../../src/endpoint/events.js';

/** Calls `listener` with every event of the handle. */
export function onEveryEvent(handle: Handle, listener: (event: ChannelEvent) => void): void {
	const types = 'tryWrite' in handle ? writerEventTypes : readerEventTypes;
	for (const type of types) handle.on(type, listener);
}
