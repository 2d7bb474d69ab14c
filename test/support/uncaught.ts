import { onTestFinished } from 'vitest';

/** Takes uncaught exceptions away from vitest until the end of this test. Answers the list that they are put into. */
export function captureUncaught(): unknown[] {
	const exceptions: unknown[] = [];
	const others = process.listeners('uncaughtException');
	const take = (exception: unknown) => void exceptions.push(exception);
	process.removeAllListeners('uncaughtException');
	process.on('uncaughtException', take);
	onTestFinished(() => {
		process.off('uncaughtException', take);
		for (const listener of others) process.on('uncaughtException', listener);
	});
	return exceptions;
}
