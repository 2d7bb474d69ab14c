/** The messages of the second part: counters of this machine, read from /proc. */
import { openSync, readSync } from 'node:fs';
import { type Channel, defineChannel, json } from 'ringwire';

export interface Measurement {
	/** Counts the measurements, from 0. */
	readonly sequence: number;
	/** The time since the first one. */
	readonly atMs: number;
	/** Processor time since the start of the machine in hundredths of a second, all processors together. */
	readonly cpu: { readonly busy: number; readonly total: number };
	/** In bytes: available in the machine, and used by the publisher itself. */
	readonly memory: { readonly available: number; readonly own: number };
	/** Processes that are runnable now. */
	readonly running: number;
}

/** `depth`: only the publisher sets it. */
export function measurements(depth?: number): Channel<Measurement> {
	return defineChannel({ name: 'demo-measurements', codec: json<Measurement>(), overflow: 'drop-oldest', depth });
}

const pageBytes = 4096;
const buffer = Buffer.alloc(64 * 1024);
const files = {
	stat: openSync('/proc/stat', 'r'),
	meminfo: openSync('/proc/meminfo', 'r'),
	own: openSync('/proc/self/statm', 'r'),
	loadavg: openSync('/proc/loadavg', 'r'),
};

/** Takes some ten microseconds, because each call reads the files again. */
export function measure(sequence: number, atMs: number): Measurement {
	const [, user = 0, nice = 0, system = 0, idle = 0, waiting = 0, ...interrupts] = numbersOf(firstLine(files.stat));
	const busy = user + nice + system + interrupts.slice(0, 3).reduce((sum, value) => sum + value, 0);
	const available = /MemAvailable:\s+(\d+)/.exec(textOf(files.meminfo))?.[1];
	const [, resident = 0] = numbersOf(firstLine(files.own));
	return {
		sequence,
		atMs,
		cpu: { busy, total: busy + idle + waiting },
		memory: { available: Number(available) * 1024, own: resident * pageBytes },
		running: Number(/(\d+)\/\d+/.exec(firstLine(files.loadavg))?.[1]),
	};
}

function textOf(file: number): string {
	return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
}

function firstLine(file: number): string {
	const text = textOf(file);
	return text.slice(0, text.indexOf('\n'));
}

function numbersOf(text: string): number[] {
	return text.split(/\s+/).map(Number);
}
