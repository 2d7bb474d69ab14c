import { setTimeout } from 'node:timers';
import { config } from 'rxjs';

/** What RxJS does with an exception that has nowhere to go: tells it to `config.onUnhandledError`, or makes it an uncaught one, in both cases later. */
export function reportUnhandled(exception: unknown): void {
	setTimeout(() => {
		if (config.onUnhandledError === null) throw exception;
		config.onUnhandledError(exception);
	});
}
