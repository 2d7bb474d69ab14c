import { channel } from 'node:diagnostics_channel';
import type { ChannelEvent } from './events.js';
import type { Handle, Stats } from './types.js';

/**
 * The messages on `node:diagnostics_channel`, for tools that watch a process without a change to its code:
 *
 *     ringwire:open     OpenMessage     a Writer or Reader has been opened, also as one side of a connection
 *     ringwire:event    EventMessage    every event, before the listeners of `on` get it, and also without listeners
 *     ringwire:close    CloseMessage    it has left, for any reason; for a Reader that ended this comes before `end`
 *
 * They are published synchronously. Without a subscriber each costs one check of a flag and no allocation. An exception of a subscriber becomes an
 * uncaught exception, as everywhere on `node:diagnostics_channel`.
 */
interface DiagnosticsMessage {
	/** The channel's name. */
	readonly name: string;
	readonly role: 'writer' | 'reader';
	/** For its `stats` and `peers`. A reference to it keeps it from being collected. */
	readonly handle: Handle;
}

export interface OpenMessage extends DiagnosticsMessage {}

export interface EventMessage extends DiagnosticsMessage {
	readonly event: ChannelEvent;
}

export interface CloseMessage extends DiagnosticsMessage {
	/** The final counters. */
	readonly stats: Stats;
}

const open = channel('ringwire:open');
const close = channel('ringwire:close');
const events = channel('ringwire:event');

export function publishOpen(handle: Handle, role: DiagnosticsMessage['role']): void {
	if (!open.hasSubscribers) return;
	const message: OpenMessage = { name: handle.name, role, handle };
	open.publish(message);
}

export function publishClose(handle: Handle, role: DiagnosticsMessage['role']): void {
	if (!close.hasSubscribers) return;
	const message: CloseMessage = { name: handle.name, role, handle, stats: handle.stats };
	close.publish(message);
}

export function publishEvent(handle: Handle, role: DiagnosticsMessage['role'], event: ChannelEvent): void {
	if (!events.hasSubscribers) return;
	const message: EventMessage = { name: handle.name, role, handle, event };
	events.publish(message);
}
