/** The limits that run in this process: loops that move no message. */
import { createRequire } from 'node:module';
import type { Outcome } from './session.js';
import { poolOf } from './values.js';

export function emptyCalls(addon: string, count: number): Outcome {
	const { emptyCall } = createRequire(import.meta.url)(addon) as { emptyCall: () => void };
	return timed(count, () => {
		for (let done = 0; done < count; done++) emptyCall();
	});
}

/** The conversion of each message to JSON and back. */
export function jsonAlone(count: number): Outcome {
	const pool = poolOf({ form: 'json', size: 0 });
	let sum = 0;
	return timed(count, () => {
		for (let done = 0; done < count; done++) {
			const order = JSON.parse(JSON.stringify(pool.take(done))) as { readonly sequence: number };
			sum = (sum + order.sequence) | 0;
		}
		if (sum === 0) throw new Error('wrong data');
	});
}

function timed(count: number, work: () => void): Outcome {
	const cpu = process.cpuUsage();
	const start = performance.now();
	work();
	const seconds = (performance.now() - start) / 1000;
	const { user, system } = process.cpuUsage(cpu);
	return { messages: count, seconds, writeSeconds: seconds, delivered: count, cpuMicros: user + system };
}
