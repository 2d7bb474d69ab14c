import { defineChannel, json } from 'ringwire';

export interface LogEntry {
	readonly source: string;
	readonly level: 'info' | 'warning';
	readonly text: string;
}

/** `block`: no entry is lost, and a program that logs faster than the collector collects waits for it. */
export const log = defineChannel({ name: 'example-log', codec: json<LogEntry>() });
