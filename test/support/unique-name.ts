import { randomUUID } from 'node:crypto';

/** A channel name that no other test uses, so that tests can run side by side in one run-time folder. */
export function uniqueName(): string {
	return `test-${process.pid}-${randomUUID().slice(0, 13)}`;
}
