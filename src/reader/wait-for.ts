import { onAbort } from '../base/abort.js';
import type { Ending, Waiter } from './readiness.js';

interface Source {
	waitOn(waiter: Waiter): void;
	cancel(waiter: Waiter): void;
}

/**
 * Waits on a Pull with a promise. `answer` is asked each time that there may be something: it gives the result, undefined
 * to wait on, or throws. Rejects with `signal.reason` without having asked; aborted while `answer` looks, it does so
 * unless that has found something, which would be lost otherwise.
 */
export function waitFor<R>(
	source: Source,
	signal: AbortSignal | undefined,
	answer: (readiness: 'readable' | Ending) => { readonly result: R } | undefined,
): Promise<R> {
	if (signal?.aborted) return Promise.reject(signal.reason);
	return new Promise((resolve, reject) => {
		let looking = false;
		const stop = onAbort(signal, () => {
			if (looking) return;
			source.cancel(waiter);
			reject(signal?.reason);
		});
		const fail = (reason: unknown) => {
			stop();
			reject(reason);
		};
		const waiter: Waiter = {
			settle(readiness) {
				try {
					looking = true;
					const found = answer(readiness);
					looking = false;
					if (found !== undefined) {
						stop();
						resolve(found.result);
					} else if (signal?.aborted) {
						fail(signal.reason);
					} else {
						source.waitOn(waiter);
					}
				} catch (error) {
					fail(error);
				}
			},
			fail,
		};
		try {
			source.waitOn(waiter);
		} catch (busy) {
			fail(busy);
		}
	});
}
