import { CodecGuard } from '../../src/endpoint/codec-guard.js';
import { KeepAlive } from '../../src/endpoint/keep-alive.js';
import type { NativeReader } from '../../src/native/boundary.js';
import { Leases } from '../../src/reader/leases.js';
import { ReaderLifecycle } from '../../src/reader/lifecycle.js';

const unused = (): never => {
	throw new Error('not expected');
};

/** The part of a native reader that a test without leases has no use for. */
export const withoutLeases = {
	...{ readLease: unused, releaseLease: unused, leaseWriter: unused, writerOf: unused, takeForgotten: unused },
	...{ keepLease: unused, keepLeases: () => {}, endLeases: () => {} },
};

/** Leases for a ReadingCore that gives none. */
export function noLeases(native: NativeReader): Leases<never> {
	const host = { name: 'none', keepAlive: new KeepAlive({}), knownPeer: unused, busyError: unused };
	return new Leases<never>(
		{ ...host, warnOnce: unused },
		native,
		{ id: 'none', encode: unused, decode: unused },
		new CodecGuard(),
		new ReaderLifecycle(),
	);
}
