import { onTestFinished } from 'vitest';

/** Collects uncaught exceptions instead of vitest until the end of this test. Returns the list, which grows. */
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
