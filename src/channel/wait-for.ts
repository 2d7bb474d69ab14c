import { onAbort } from './abort.js';
import type { Over, Waiter } from './pull.js';

interface Source {
	wait(waiter: Waiter): void;
	cancel(waiter: Waiter): void;
}

/**
 * Waits on a Pull with a promise. `answer` is asked each time that there may be something: it gives the result, undefined
 * to wait on, or throws. Rejects with `signal.reason` without having asked.
 */
export function waitFor<R>(
	source: Source,
	signal: AbortSignal | undefined,
	answer: (readiness: 'readable' | Over) => { readonly result: R } | undefined,
): Promise<R> {
	return new Promise((resolve, reject) => {
		const stop = onAbort(signal, () => {
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
					const found = answer(readiness);
					if (found === undefined) {
						source.wait(waiter);
					} else {
						stop();
						resolve(found.result);
					}
				} catch (error) {
					fail(error);
				}
			},
			fail,
		};
		try {
			source.wait(waiter);
		} catch (busy) {
			fail(busy);
		}
	});
}
