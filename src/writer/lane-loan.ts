import { type NativeWriter, Written } from '../native/boundary.js';
import { allocate, inPlaceMin, type Loan, type LoanHost, OpenLoan } from './loan.js';

const none = new Uint8Array();

/** Loans in memory of their own that are collected. The addon notices when memory of the lane is. */
const forgotten = new FinalizationRegistry<NativeWriter>((native) => {
	try {
		native.abortLoan(none);
	} catch {
		// In a child by fork, where nothing of the parent's handles works.
	}
});

/**
 * Opens a loan in the lane. `holdsBack`: the readers of the channel do, so that a message can be made in place. Returns undefined if there is no room.
 * Throws BUSY, CLOSED and LIMIT.
 */
export function openLaneLoan(host: LoanHost, byteLength: number, holdsBack: boolean): Loan | undefined {
	const memory = host.native.tryLoan(byteLength, holdsBack && byteLength >= inPlaceMin);
	if (memory === Written.full) return undefined;
	if (typeof memory === 'number' && memory !== Written.accepted) throw host.lane.refusal(memory);
	const bytes =
		typeof memory === 'number' ? allocate(byteLength, () => host.native.abortLoan(none)) : Buffer.from(memory);
	const loan = new LaneLoan(host, bytes);
	if (typeof memory === 'number') forgotten.register(loan, host.native, loan);
	return loan;
}

class LaneLoan extends OpenLoan {
	share(): boolean {
		throw new TypeError(
			'the loan is not in a pool, so no other writer can publish it: open both writers with one pool',
		);
	}

	protected publish(byteLength: number): number {
		return this.host.native.commitLoan(byteLength, this.bytes);
	}

	protected giveBack(): void {
		this.host.native.abortLoan(this.bytes);
	}

	protected forget(): void {
		forgotten.unregister(this);
	}
}
