import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Somebody asked the command to stop, by Ctrl-C or by another signal. */
export class Interrupted extends Error {
	/** As shells have it: 130 for SIGINT. */
	readonly status: number;

	constructor(signal: (typeof signals)[number]) {
		super(`interrupted (${signal})`);
		this.status = 128 + constants.signals[signal];
	}
}

/** Aborts with an `Interrupted`, so that what is open can be closed. Who asks again ends the process where it stands. */
export function interruption(): AbortSignal {
	const controller = new AbortController();
	for (const signal of signals) {
		const interrupted = new Interrupted(signal);
		process.on(signal, () => {
			if (controller.signal.aborted) process.exit(interrupted.status);
			controller.abort(interrupted);
		});
	}
	return controller.signal;
}
