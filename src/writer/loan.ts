import { checkInteger } from '../base/check.js';
import { channelError } from '../base/errors.js';
import { type NativeWriter, Written } from '../native/boundary.js';
import type { Lane } from './lane.js';
import type { WriterLifecycle } from './lifecycle.js';

/**
 * A smaller message is made in memory of its own, and copied when it is committed: that costs less than a buffer over memory that is not
 * V8's.
 */
const inLaneMin = 16 * 1024;

const none = new Uint8Array();

/**
 * Room for one message, which the caller fills before it is published. It ends with `commit`, `abort` or disposal: `bytes` is detached then
 * and has the length 0. When the writer ends or closes nothing of it can be published, and shared memory is detached. A loan that is
 * collected before it has ended is aborted.
 */
export interface Loan extends Disposable {
	/**
	 * The bytes of the message. They contain anything at first: data of earlier messages. With `block` and `drop-newest`, from 16 KiB on, they are
	 * the shared memory itself, so that the message is not copied.
	 */
	readonly bytes: Buffer;
	/**
	 * Publishes the first `byteLength` bytes (default: all). There is always room. The bytes are the message itself and not an input of the codec.
	 * Throws CLOSED if the loan or the writer has ended before, RangeError for a length that the loan does not have, and TypeError if
	 * the memory of `bytes` was transferred; then the loan ends as by `abort`.
	 */
	commit(byteLength?: number): void;
	/**
	 * Ends the loan, and nothing is published. Does nothing if it has ended. If the memory of `bytes` was transferred, writes stay BUSY until it
	 * has been collected.
	 */
	abort(): void;
}

/** The Writer, as its loans see it. */
export interface LoanHost {
	readonly native: NativeWriter;
	readonly lane: Pick<Lane<never>, 'refusal'>;
	readonly lifecycle: WriterLifecycle;
	/** Readers hold back, so that a message can be made in the lane. */
	readonly inLane: boolean;
	/** Throws BUSY while the codec runs. */
	assertCodecReturned(): void;
}

/** Loans in memory of their own that are collected. The addon notices when memory of the lane is. */
const forgotten = new FinalizationRegistry<NativeWriter>((native) => native.abortLoan(none));

/** Opens a loan. Returns undefined if there is no room. Throws BUSY, CLOSED and LIMIT. */
export function openLoan(host: LoanHost, byteLength: number): Loan | undefined {
	const memory = host.native.tryLoan(byteLength, host.inLane && byteLength >= inLaneMin);
	if (memory === Written.full) return undefined;
	if (typeof memory === 'number' && memory !== Written.accepted) throw host.lane.refusal(memory);
	const bytes = typeof memory === 'number' ? Buffer.allocUnsafeSlow(byteLength) : Buffer.from(memory);
	const loan = new LaneLoan(host, bytes);
	if (typeof memory === 'number') forgotten.register(loan, host.native, loan);
	return loan;
}

class LaneLoan implements Loan {
	readonly bytes: Buffer;
	readonly #host: LoanHost;
	readonly #byteLength: number;
	#state: 'open' | 'committed' | 'aborted' = 'open';

	constructor(host: LoanHost, bytes: Buffer) {
		this.bytes = bytes;
		this.#host = host;
		this.#byteLength = bytes.length;
	}

	commit(byteLength = this.#byteLength): void {
		const { lane, lifecycle, native } = this.#host;
		checkInteger('byteLength', byteLength, { min: 0, max: this.#byteLength, unit: 'bytes' });
		this.#host.assertCodecReturned();
		if (this.#state !== 'open') {
			throw channelError('ERR_RINGWIRE_CLOSED', lifecycle.channel, `the loan has been ${this.#state} before`);
		}
		if (!lifecycle.isOpen) {
			this.abort();
			throw lifecycle.closedError();
		}
		this.#end('committed');
		const written = native.commitLoan(byteLength, this.bytes);
		if (written === Written.accepted) return;
		this.#state = 'aborted';
		if (written === Written.detached) {
			throw new TypeError('the memory of the loan was transferred, so that the message cannot be published');
		}
		throw lane.refusal(written);
	}

	abort(): void {
		if (this.#state !== 'open') return;
		this.#end('aborted');
		this.#host.native.abortLoan(this.bytes);
	}

	[Symbol.dispose](): void {
		this.abort();
	}

	#end(state: 'committed' | 'aborted'): void {
		this.#state = state;
		forgotten.unregister(this);
	}
}
