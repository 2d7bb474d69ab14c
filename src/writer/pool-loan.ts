import { describeValue } from '../codecs/describe-value.js';
import { type NativeWriter, Written } from '../native/boundary.js';
import { allocate, inPlaceMin, type Loan, type LoanHost, OpenLoan } from './loan.js';
import type { Pool } from './pool.js';
import type { Writer } from './types.js';

/** A writer that can publish loans of other writers of its pool. A symbol, because every copy of the package finds it. */
export const joinLoan: unique symbol = Symbol.for('ringwire 0.1 join loan');

interface LoanTarget {
	/** The commit of the loan publishes on this writer too. False: there is no room for that now. */
	[joinLoan](pool: Pool, loan: number): boolean;
}

const none = new Uint8Array();

/** Loans in memory of their own that are collected. The addon notices when memory of the pool is. */
const forgotten = new FinalizationRegistry<{ readonly native: NativeWriter; readonly loan: number }>(
	({ native, loan }) => {
		try {
			native.abortPoolLoan(loan, none);
		} catch {
			// In a child by fork, where nothing of the parent's handles works.
		}
	},
);

/** Opens a loan in the pool of the writer. Returns undefined if there is no room. Throws CLOSED. */
export function openPoolLoan(host: LoanHost, pool: Pool, byteLength: number): Loan | undefined {
	const { native } = host;
	const memory = native.tryPoolLoan(byteLength, byteLength >= inPlaceMin);
	if (memory === Written.full) return undefined;
	if (typeof memory === 'number' && memory !== Written.accepted) throw host.lane.refusal(memory);
	const number = native.lastPoolLoan();
	const bytes =
		typeof memory === 'number'
			? allocate(byteLength, () => native.abortPoolLoan(number, none))
			: Buffer.from(memory);
	const loan = new PoolLoan(host, bytes, pool, number);
	if (typeof memory === 'number') forgotten.register(loan, { native, loan: number }, loan);
	return loan;
}

class PoolLoan extends OpenLoan {
	readonly #pool: Pool;
	readonly #number: number;

	constructor(host: LoanHost, bytes: Buffer, pool: Pool, number: number) {
		super(host, bytes);
		this.#pool = pool;
		this.#number = number;
	}

	share(writer: Writer<never>): boolean {
		if (!isLoanTarget(writer)) throw new TypeError(`writer: got ${describeValue(writer)}, must be a Writer`);
		this.assertOpen();
		return writer[joinLoan](this.#pool, this.#number);
	}

	protected publish(byteLength: number): number {
		return this.host.native.commitPoolLoan(this.#number, byteLength, this.bytes);
	}

	protected giveBack(): void {
		this.host.native.abortPoolLoan(this.#number, this.bytes);
	}

	protected forget(): void {
		forgotten.unregister(this);
	}
}

function isLoanTarget(writer: unknown): writer is LoanTarget {
	return typeof writer === 'object' && writer !== null && joinLoan in writer;
}
