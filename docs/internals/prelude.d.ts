// Names that the snippets of README and docs use without declaring them (test/snippets.test.ts).
import type { Channel, Reader, Writer } from 'ringwire';

declare global {
	interface Tick {
		symbol: string;
		price: number;
	}
	interface Point {
		x: number;
		y: number;
	}
	interface Job {
		image: Uint8Array;
		width: number;
	}

	const ticks: Channel<Tick>;
	const positions: Channel<Point>;
	const frames: Channel<Uint8Array>;
	const reader: Reader<Tick>;
	const writer: Writer<Tick>;
	const signal: AbortSignal;
	const job: Job;

	function save(value: unknown): Promise<void>;
	function draw(value: unknown): void;
	function log(...values: unknown[]): void;
	function render(value: unknown, signal?: AbortSignal): Promise<Uint8Array>;
}
