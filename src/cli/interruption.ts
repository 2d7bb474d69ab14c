import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The command received SIGINT (Ctrl-C), SIGTERM or SIGHUP. */
export class Interrupted extends Error {
	/** 128 + the number of the signal, as in shells: 130 for SIGINT. */
	readonly status: number;

	constructor(signal: (typeof signals)[number]) {
		super(`interrupted (${signal})`);
		this.status = 128 + constants.signals[signal];
	}
}

/** Aborts with an `Interrupted` at the first signal, so that the command can close its handles. A second signal exits at once. */
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
