import { openWriter } from 'ringwire';
import { channelEvents, writeTo } from 'ringwire/observables';
import { defer, fromEvent, interval, map, mergeMap, type Observable, range, takeUntil, tap } from 'rxjs';
import { onTask, report } from './child.js';
import { type Measurement, measure, measurements } from './measurement.js';
import { Pace } from './pace.js';
import { eventReport, type PublisherMessage, type PublisherTask } from './watching.js';

onTask(async ({ perSecond, depth, subscribers }: PublisherTask) => {
	const writer = openWriter(measurements(depth));
	channelEvents(writer).subscribe((event) => report<PublisherMessage>(eventReport(event)));
	await writer.whenConnected(subscribers);
	report<PublisherMessage>({ type: 'open' });
	takeMeasurements(perSecond)
		.pipe(
			tap(({ sequence }) => {
				if (sequence === depth) report<PublisherMessage>({ type: 'wrapped' });
			}),
			takeUntil(fromEvent(process, 'message')),
			writeTo(writer),
		)
		.subscribe({
			complete: () => report<PublisherMessage>({ type: 'done', published: writer.stats.messages }),
		});
}, 'once');

/** Emits every millisecond the measurements that are due. A machine that is too busy for the rate gets fewer of them. */
function takeMeasurements(perSecond: number): Observable<Measurement> {
	return defer(() => {
		const beganAt = performance.now();
		const pace = new Pace(perSecond, beganAt);
		let taken = 0;
		return interval(1).pipe(
			mergeMap(() => {
				const due = pace.take(performance.now());
				taken += due;
				return range(taken - due, due);
			}),
			map((sequence) => measure(sequence, performance.now() - beganAt)),
		);
	});
}
