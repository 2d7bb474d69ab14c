import { openReader } from 'ringwire';
import { channelEvents, fromChannel } from 'ringwire/observables';
import { tap } from 'rxjs';
import { onTask, report } from './child.js';
import { type Measurement, measurements } from './measurement.js';
import { pipelines } from './pipelines.js';
import { eventReport, type SubscriberMessage, type SubscriberTask } from './watching.js';

onTask(async ({ pipeline, slowness }: SubscriberTask) => {
	const reader = openReader(measurements());
	channelEvents(reader).subscribe((event) => report<SubscriberMessage>(eventReport(event)));
	let work = slowWork(slowness);
	process.once('message', () => {
		work = () => {};
	});
	let begin: number | undefined;
	fromChannel(reader)
		.pipe(
			tap((measurement) => {
				begin ??= measurement.sequence - reader.stats.lost;
				work(measurement);
			}),
			pipelines[pipeline],
		)
		.subscribe({
			next: (text) => report<SubscriberMessage>({ type: 'view', text }),
			complete: () => {
				const { messages: delivered, lost } = reader.stats;
				report<SubscriberMessage>({ type: 'done', begin: begin ?? 0, delivered, lost });
			},
		});
	await reader.whenConnected();
	report<SubscriberMessage>({ type: 'open' });
}, 'once');

const sleepMsMin = 5;
const sleepMsMax = 50;
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Stands for work that blocks the event loop, such as a synchronous write to a slow disk. Each message takes `slowness` mean intervals of the
 * publisher, so that the subscriber is too slow on any machine. It sleeps for several messages at once, and uses no processor time.
 */
function slowWork(slowness: number): (measurement: Measurement) => void {
	let doneAtMs = 0;
	return ({ atMs, sequence }) => {
		const nowMs = performance.now();
		doneAtMs = Math.max(doneAtMs, nowMs) + Math.min((slowness * atMs) / (sequence + 1), sleepMsMax);
		const restMs = doneAtMs - nowMs;
		if (restMs >= sleepMsMin) Atomics.wait(cell, 0, 0, restMs);
	};
}
