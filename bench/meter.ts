import type { Meter, Trial } from './contestants/types.js';

/** Counts what arrives, from the first message to the last. */
export class ThroughputMeter implements Meter {
	readonly #bytesExpected: number;
	readonly #onReady: () => void;
	#bytesSeen = 0;
	#startedAt = 0;
	#endedAt = 0;
	/** Of bytes that were touched: keeps the reading honest, and shows that all contestants saw the same. */
	checksum = 0;

	constructor(trial: Trial, onReady: () => void) {
		this.#bytesExpected = trial.size * trial.count;
		this.#onReady = onReady;
	}

	ready(): void {
		this.#onReady();
	}

	message(bytes: Uint8Array): void {
		this.checksum = (this.checksum + (bytes[0] ?? 0) + (bytes[bytes.length - 1] ?? 0)) | 0;
		this.#count(bytes.length);
	}

	bytes(piece: Uint8Array): void {
		this.checksum = (this.checksum + (piece[0] ?? 0) + (piece[piece.length - 1] ?? 0)) | 0;
		this.#count(piece.length);
	}

	get done(): boolean {
		return this.#bytesSeen >= this.#bytesExpected;
	}

	get seconds(): number {
		return (this.#endedAt - this.#startedAt) / 1000;
	}

	#count(byteLength: number): void {
		if (this.#bytesSeen === 0) this.#startedAt = performance.now();
		this.#bytesSeen += byteLength;
		if (this.done && this.#endedAt === 0) this.#endedAt = performance.now();
	}
}
