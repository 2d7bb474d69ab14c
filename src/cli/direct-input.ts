/** Standard input is read into loans, so that no Buffer is between it and the ring. */
import { fstatSync, readSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { Loan } from '../writer/loan.js';
import type { Writer } from '../writer/types.js';

/** A larger piece does not make a file faster, and this one leaves room in a ring of 4 MiB for a reader that is behind. */
const filePieceMax = 512 * 1024;
/** The capacity of a pipe of Linux, by default. */
const pipePieceMax = 64 * 1024;

/** How standard input can be read into a loan. Undefined: not at all; it is a terminal, for example. */
export type DirectInput = (writer: Writer<Uint8Array>, messageMax: number, signal: AbortSignal) => Promise<void>;

export function directInput(): DirectInput | undefined {
	const stat = fstatSync(0);
	if (stat.isFile()) return writeFile;
	// A read of a pipe in a thread of libuv could not be ended, so libuv waits for it.
	return stat.isFIFO() || stat.isSocket() ? writePipe : undefined;
}

/** Each returns at the end of the input, and throws the signal's reason when it aborts. */
const writeFile: DirectInput = async (writer, messageMax, signal) => {
	for (;;) {
		const loan = await writer.loan(Math.min(messageMax, filePieceMax), { signal });
		// Blocks the thread for one piece. The loop turns while the loan is waited for.
		const byteLength = readSync(0, loan.bytes);
		if (byteLength === 0) return loan.abort();
		loan.commit(byteLength);
	}
};

const writePipe: DirectInput = (writer, messageMax, signal) =>
	new Promise(
		(resolve, reject) => new PipeInput(writer, Math.min(messageMax, pipePieceMax), signal, resolve, reject),
	);

/**
 * One loan is open while the pipe is read. If the ring is full, the pipe is read into memory of our own, and paused until that is written.
 */
class PipeInput {
	readonly #writer: Writer<Uint8Array>;
	readonly #byteLength: number;
	readonly #signal: AbortSignal;
	/** Undefined while it is being made, which asks for the first room. */
	#socket: Socket | undefined;
	/** The second one is for the read after a pause, which cannot wait for a loan. */
	#scratch: readonly [Buffer, Buffer];
	#loan: Loan | undefined;
	#waits = false;

	constructor(
		writer: Writer<Uint8Array>,
		byteLength: number,
		signal: AbortSignal,
		resolve: () => void,
		reject: (error: unknown) => void,
	) {
		this.#writer = writer;
		this.#byteLength = byteLength;
		this.#signal = signal;
		this.#scratch = [Buffer.allocUnsafeSlow(byteLength), Buffer.allocUnsafeSlow(byteLength)];
		const options: SocketConstructorOpts & { onread: OnReadOpts } = {
			fd: 0,
			readable: true,
			writable: false,
			signal,
			onread: { buffer: () => this.#room(), callback: (length, bytes) => this.#arrived(length, bytes) },
		};
		const socket = new Socket(options);
		this.#socket = socket;
		socket.on('error', (error) => reject(signal.aborted ? signal.reason : error));
		socket.on('end', () => {
			this.#loan?.abort();
			resolve();
		});
		socket.on('close', () => reject(signal.reason)); // does nothing after the end
		socket.resume();
	}

	/** Where the next bytes go. */
	#room(): Uint8Array {
		this.#loan = this.#waits ? undefined : this.#tryLoan();
		return this.#loan?.bytes ?? this.#scratch[0];
	}

	#tryLoan(): Loan | undefined {
		try {
			return this.#signal.aborted ? undefined : this.#writer.tryLoan(this.#byteLength);
		} catch (error) {
			this.#socket?.destroy(error instanceof Error ? error : undefined);
			return undefined;
		}
	}

	/** False: the pipe is not read until it is resumed. */
	#arrived(length: number, bytes: Uint8Array): boolean {
		if (this.#loan !== undefined) {
			this.#loan.commit(length);
			return true;
		}
		const [used, other] = this.#scratch;
		this.#scratch = [other, used];
		this.#waits = true;
		this.#writer.write(bytes.subarray(0, length), { signal: this.#signal }).then(
			() => {
				this.#waits = false;
				this.#socket?.resume();
			},
			(error) => void this.#socket?.destroy(error),
		);
		return false;
	}
}
