import { openWriter } from 'ringwire';
import { channelEvents, writeTo } from 'ringwire/observables';
import { defer, fromEvent, interval, map, mergeMap, type Observable, range, takeUntil } from 'rxjs';
import { say, whenTold } from './child.js';
import { type Measurement, measure, measurements } from './measurement.js';
import { eventSaid, type PublisherSays, type PublisherTask } from './watching.js';

whenTold(async ({ perSecond, depth, subscribers }: PublisherTask) => {
	const writer = openWriter(measurements(depth));
	channelEvents(writer).subscribe((event) => say<PublisherSays>(eventSaid(event)));
	await writer.whenConnected(subscribers);
	say<PublisherSays>({ type: 'open' });
	takeMeasurements(perSecond)
		.pipe(takeUntil(fromEvent(process, 'message')), writeTo(writer, { closeWriter: true }))
		.subscribe({
			complete: () => say<PublisherSays>({ type: 'done', published: writer.stats.messages }),
		});
}, 'once');

/** Measurements at this rate: each millisecond as many as are due. */
function takeMeasurements(perSecond: number): Observable<Measurement> {
	return defer(() => {
		const begunAt = performance.now();
		let taken = 0;
		return interval(1).pipe(
			mergeMap(() => {
				const due = Math.floor(((performance.now() - begunAt) / 1000) * perSecond) - taken;
				taken += due;
				return range(taken - due, due);
			}),
			map(measure),
		);
	});
}
