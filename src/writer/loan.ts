import { checkInteger } from '../base/check.js';
import { channelError } from '../base/errors.js';
import type { StructFields } from '../codecs/struct/description.js';
import type { StructView } from '../codecs/struct/struct.js';
import { type NativeWriter, Written } from '../native/boundary.js';
import type { Lane } from './lane.js';
import type { WriterLifecycle } from './lifecycle.js';
import type { Writer } from './types.js';

/**
 * A smaller message is made in memory of its own, and copied when it is committed: that costs less than a buffer over memory that is not
 * V8's.
 */
export const inPlaceMin = 16 * 1024;

/**
 * Room for one message, which the caller fills before it is published. It ends with `commit`, `abort` or disposal: `bytes` is detached then
 * and has the length 0. When the writer ends or closes nothing of it can be published, and shared memory is detached. A loan that is
 * collected before it has ended is aborted.
 */
export interface Loan extends Disposable {
	/**
	 * The bytes of the message. They contain anything at first: data of earlier messages. From 16 KiB on, in a pool and in the lanes of `block` and
	 * `drop-newest`, they are the shared memory itself, so that the message is not copied.
	 */
	readonly bytes: Buffer;
	/**
	 * Of a loan in a pool: the commit publishes the message on the other writer, which has the same pool, as well. Returns false if that has no room
	 * for one more message now, under every policy, and true if it does so already. If the other writer is closed before the commit, the message is
	 * not published there. Throws CLOSED if the loan, its writer or the other one has ended, and TypeError for another pool or none.
	 */
	share(writer: Writer<never>): boolean;
	/**
	 * Publishes the first `byteLength` bytes (default: all). There is always room. The bytes are the message itself and not an input of the codec.
	 * Throws CLOSED if the loan or the writer has ended before, RangeError for a length that the loan does not have, and TypeError if
	 * the memory of `bytes` was transferred; then the loan ends as by `abort`.
	 */
	commit(byteLength?: number): void;
	/**
	 * Ends the loan, and nothing is published. Does nothing if it has ended. If the memory of `bytes` was transferred, its room is used again when it
	 * has been collected; until then writes are BUSY, but not those of a writer with a pool.
	 */
	abort(): void;
}

/** A loan for a message that begins with a struct. */
export interface StructLoan<F extends StructFields> extends Loan {
	/** Accessors of the struct at the beginning of `bytes`, which is 0 at first. Throws TypeError when the loan has ended. */
	readonly message: StructView<F>;
}

/** Memory for a loan that is not in shared memory. If there is not enough, calls `undo` and throws. */
export function allocate(byteLength: number, undo: () => void): Buffer {
	try {
		return Buffer.allocUnsafeSlow(byteLength);
	} catch (error) {
		undo();
		throw error;
	}
}

/** The Writer, as its loans see it. */
export interface LoanHost {
	readonly native: NativeWriter;
	readonly lane: Pick<Lane<never>, 'refusal'>;
	readonly lifecycle: WriterLifecycle;
	/** Throws BUSY while the codec runs. */
	assertCodecReturned(): void;
}

/** The common part of the two kinds of loans. */
export abstract class OpenLoan implements Loan {
	readonly bytes: Buffer;
	protected readonly host: LoanHost;
	readonly #byteLength: number;
	#state: 'open' | 'committed' | 'aborted' = 'open';

	constructor(host: LoanHost, bytes: Buffer) {
		this.bytes = bytes;
		this.host = host;
		this.#byteLength = bytes.length;
	}

	abstract share(writer: Writer<never>): boolean;

	commit(byteLength = this.#byteLength): void {
		checkInteger('byteLength', byteLength, { min: 0, max: this.#byteLength, unit: 'bytes' });
		this.host.assertCodecReturned();
		this.assertOpen();
		this.#end('committed');
		const written = this.publish(byteLength);
		if (written === Written.accepted) return;
		this.#state = 'aborted';
		if (written === Written.detached) {
			throw new TypeError('the memory of the loan was transferred, so that the message cannot be published');
		}
		throw this.host.lane.refusal(written);
	}

	abort(): void {
		if (this.#state !== 'open') return;
		this.#end('aborted');
		this.giveBack();
	}

	[Symbol.dispose](): void {
		this.abort();
	}

	/** Throws CLOSED if the loan has ended, or its writer, which ends the loan. */
	protected assertOpen(): void {
		const { lifecycle } = this.host;
		if (this.#state !== 'open') {
			throw channelError('ERR_RINGWIRE_CLOSED', lifecycle.channel, `the loan has been ${this.#state} before`);
		}
		if (lifecycle.isOpen) return;
		this.abort();
		throw lifecycle.closedError();
	}

	/** Returns one of `Written`. */
	protected abstract publish(byteLength: number): number;
	protected abstract giveBack(): void;
	/** The loan is over: nothing is left to do when it is collected. */
	protected abstract forget(): void;

	#end(state: 'committed' | 'aborted'): void {
		this.#state = state;
		this.forget();
	}
}
