import type { Handle } from '../endpoint/types.js';
import { formatBytes, formatPlural } from './format.js';

const redrawEveryMs = 200;
const barWidth = 24;

export interface ProgressOptions {
	readonly quiet: boolean;
	readonly peerNoun: 'reader' | 'writer';
	/** The source or target of the bytes. If it is a terminal, no progress is drawn over it. */
	readonly otherEnd: { readonly isTTY?: boolean };
	/** The total number of bytes, if known. */
	readonly bytesTotal?: number | undefined;
}

/** One line at the bottom of the terminal: bytes, rate, peers. Without a terminal on standard error it prints notes only. */
export class Progress {
	readonly #handle: Handle;
	readonly #options: ProgressOptions;
	readonly #timer: NodeJS.Timeout | undefined;
	readonly #begin = performance.now();
	#last = { at: performance.now(), bytes: 0 };

	constructor(handle: Handle, options: ProgressOptions) {
		this.#handle = handle;
		this.#options = options;
		const visible = !options.quiet && process.stderr.isTTY === true && options.otherEnd.isTTY !== true;
		if (visible) this.#timer = setInterval(() => this.#draw(), redrawEveryMs).unref();
	}

	/** Prints a line on standard error, unless `quiet`. */
	note(text: string): void {
		if (this.#options.quiet) return;
		this.#clear();
		process.stderr.write(`ringwire: ${text}\n`);
	}

	/** Prints a last line with the totals. */
	stop(): void {
		if (this.#timer === undefined) return;
		clearInterval(this.#timer);
		const { bytes } = this.#handle.stats;
		const seconds = (performance.now() - this.#begin) / 1000;
		this.#clear();
		process.stderr.write(
			`${formatBytes(bytes)} in ${seconds.toFixed(1)} s, ${formatBytes(bytes / seconds)}/s on average\n`,
		);
	}

	#draw(): void {
		const { bytes } = this.#handle.stats;
		const at = performance.now();
		const rate = ((bytes - this.#last.bytes) / (at - this.#last.at)) * 1000;
		this.#last = { at, bytes };
		const { peerNoun, bytesTotal } = this.#options;
		const peers = this.#handle.peers.length;
		const parts = [
			...(bytesTotal === undefined ? [] : [bar(bytes / bytesTotal)]),
			formatBytes(bytes),
			`${formatBytes(rate)}/s`,
			peers === 0 ? `no ${peerNoun} yet` : formatPlural(peers, peerNoun),
		];
		this.#clear();
		process.stderr.write(parts.join('  ').slice(0, (process.stderr.columns || 80) - 1));
	}

	#clear(): void {
		if (this.#timer !== undefined) process.stderr.write('\r\x1b[K');
	}
}

function bar(part: number): string {
	const filled = Math.round(Math.min(part, 1) * barWidth);
	return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${String(Math.floor(part * 100)).padStart(3)} %`;
}
