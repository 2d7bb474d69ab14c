import { checkInteger, checkObject, type KeysOf } from '../base/check.js';
import { attempt } from '../base/errors.js';
import { shareClass } from '../base/shared-class.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Channel } from '../definition/channel.js';
import type { NativePool } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';

const pageBytes = 4096;
const bytesRange = { min: pageBytes, max: 1024 ** 3 - pageBytes, unit: 'bytes' } as const;

export interface PoolOptions {
	/** Room for messages: 4096 to 2^30 - 4096 bytes, rounded up to pages of 4096. All of it is allocated at once. */
	readonly bytes: number;
	/** The largest message in bytes: 1 to `bytes`, which is the default. It is apart from the `messageMax` of the lanes. */
	readonly messageMax?: number | undefined;
}

const poolKeys: KeysOf<PoolOptions> = { bytes: true, messageMax: true };

/**
 * Shared memory for loans of one or more writers of this thread, from `createPool`. The readers of each of them can see all of it. A message has its
 * room until its lane needs the place or the pool needs the room, and no reader keeps it.
 */
export interface Pool extends Disposable {
	readonly bytes: number;
	readonly messageMax: number;
	/** Bytes that no message and no loan has. Messages that are read have theirs until it is needed. Fragments count. 0 when closed. */
	readonly free: number;
	/** Loans of all writers. One whose memory was transferred counts until that is collected. 0 when closed. */
	readonly openLoans: number;
	/** No other writer can be opened with it. Its writers keep the memory, and it is released with the last of them. Idempotent. */
	close(): void;
}

/** Creates a pool, for the option `pool` of writers. Throws TypeError, RangeError, and LIMIT if there is not enough memory. */
export function createPool(options: PoolOptions): Pool {
	const { bytes, messageMax } = checkObject('options', options, poolKeys);
	const rounded = Math.ceil(checkInteger('bytes', bytes, bytesRange) / pageBytes) * pageBytes;
	if (messageMax !== undefined) {
		checkInteger('messageMax', messageMax, { min: 1, max: rounded, unit: 'bytes (all of the pool)' });
	}
	return new SharedPool(rounded, messageMax ?? rounded);
}

export class SharedPool implements Pool {
	static {
		shareClass(SharedPool, Symbol.for('ringwire 0.1 Pool'));
	}

	readonly bytes: number;
	readonly messageMax: number;
	readonly native: NativePool;
	/** The group of its first writer. */
	#owner: { readonly group: number | undefined } | undefined;

	constructor(bytes: number, messageMax: number) {
		this.bytes = bytes;
		this.messageMax = messageMax;
		const options = { bytes: bytes + pageBytes, messageMax }; // with the page of the control words
		this.native = attempt(() => loadAddon().createPool(options));
	}

	get free(): number {
		return this.native.free();
	}

	get openLoans(): number {
		return this.native.openLoans();
	}

	close(): void {
		this.native.close();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	/** Opens a writer of the channel with the pool. Throws TypeError for a channel of another group than that of the first writer, and as `open`. */
	admit<W>({ name, group }: Channel<never, unknown>, open: () => W): W {
		if (this.#owner === undefined || this.#owner.group === group) {
			const opened = open();
			this.#owner = { group };
			return opened;
		}
		const readers =
			'readers can see all messages of a pool, so that all its writers must be open to the same group';
		const groups = `channel "${name}" is for ${nameOf(group)}, the writers before it for ${nameOf(this.#owner.group)}`;
		throw new TypeError(`pool: ${readers}: ${groups}`);
	}
}

/** The option `pool` of a writer. Throws TypeError. */
export function checkPool(pool: Pool | undefined): SharedPool | undefined {
	if (pool === undefined || pool instanceof SharedPool) return pool;
	throw new TypeError(`pool: got ${describeValue(pool)}, must be a Pool of createPool`);
}

function nameOf(group: number | undefined): string {
	return group === undefined ? 'no group' : `group ${group}`;
}
