import { openReader } from 'ringwire';
import { channelEvents, fromChannel } from 'ringwire/observables';
import { tap } from 'rxjs';
import { say, whenTold } from './child.js';
import { measurements } from './measurement.js';
import { pipelines } from './pipelines.js';
import { eventSaid, type SubscriberSays, type SubscriberTask } from './watching.js';

whenTold(async ({ pipeline, microsPerMessage }: SubscriberTask) => {
	const reader = openReader(measurements());
	channelEvents(reader).subscribe((event) => say<SubscriberSays>(eventSaid(event)));
	let begin: number | undefined;
	fromChannel(reader)
		.pipe(
			tap(({ sequence }) => {
				begin ??= sequence - reader.stats.lost;
				workFor(microsPerMessage);
			}),
			pipelines[pipeline],
		)
		.subscribe({
			next: (text) => say<SubscriberSays>({ type: 'view', text }),
			complete: () => {
				const { messages: delivered, lost } = reader.stats;
				say<SubscriberSays>({ type: 'done', begin: begin ?? 0, delivered, lost });
			},
		});
	await reader.whenConnected();
	say<SubscriberSays>({ type: 'open' });
}, 'once');

/** Stands for whatever a subscriber may have to do with a message. */
function workFor(micros: number): void {
	const end = performance.now() + micros / 1000;
	while (performance.now() < end);
}
