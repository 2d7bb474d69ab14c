import { onAbort } from '../base/abort.js';
import type { Ending } from './lifecycle.js';
import { type CancelFlag, type MessageSource, type Nothing, nothing, type Waiter } from './message-source.js';

interface WaitingSource<T> extends Pick<MessageSource<T>, 'wait' | 'cancel'> {
	nextForWaiter(cancel?: CancelFlag): T | Nothing;
}

/** Promise version of `source.wait`. Rejects also with `signal.reason` and BUSY. */
export function whenReadable(
	source: Pick<MessageSource<unknown>, 'wait' | 'cancel'>,
	signal: AbortSignal | undefined,
): Promise<'readable' | Ending> {
	if (signal?.aborted) return Promise.reject(signal.reason);
	return new Promise((resolve, reject) => {
		const waiter: Waiter = {
			settle(readiness) {
				stop();
				resolve(readiness);
			},
			fail(reason) {
				stop();
				reject(reason);
			},
		};
		const stop = onAbort(signal, () => {
			source.cancel(waiter);
			reject(signal?.reason);
		});
		waitOrFail(source, waiter);
	});
}

/**
 * Waits for the next message. `resultAfter` makes the result at the end, or throws. Rejects with what the source throws, and with
 * `signal.reason`: not if the signal aborts while a message is being taken, which would be lost otherwise.
 */
export function nextMessage<T, R>(
	source: WaitingSource<T>,
	signal: AbortSignal | undefined,
	resultAfter: (ending: Ending) => R,
): Promise<T | R> {
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
					if (readiness !== 'readable') {
						const result = resultAfter(readiness);
						stop();
						resolve(result);
						return;
					}
					looking = true;
					const message = source.nextForWaiter(signal);
					looking = false;
					if (message !== nothing) {
						stop();
						resolve(message);
					} else if (signal?.aborted) fail(signal.reason);
					else source.wait(waiter);
				} catch (error) {
					fail(error);
				}
			},
			fail,
		};
		waitOrFail(source, waiter);
	});
}

function waitOrFail(source: Pick<MessageSource<unknown>, 'wait'>, waiter: Waiter): void {
	try {
		source.wait(waiter);
	} catch (busy) {
		waiter.fail(busy);
	}
}
