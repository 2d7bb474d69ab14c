import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { Log } from './log.js';
import { type Check, count, line } from './print.js';
import type { Settings } from './settings.js';
import type { PublisherMessage, PublisherTask, SubscriberMessage, SubscriberTask } from './watching.js';

/** The slow subscriber handles one message in the time in which this many are published. */
const slowness = 10;
/** For how many seconds the lane holds the messages. */
const laneSeconds = 0.2;

export type MeasurementProcesses = ReturnType<typeof startMeasurementProcesses>;

export function startMeasurementProcesses() {
	return {
		publisher: new Child<PublisherMessage, PublisherTask | 'end'>('publisher', 'publisher'),
		average: new Child<SubscriberMessage, SubscriberTask>('average', 'subscriber'),
		extremes: new Child<SubscriberMessage, SubscriberTask | 'hurry'>('extremes', 'subscriber'),
		trend: new Child<SubscriberMessage, SubscriberTask>('trend', 'subscriber'),
	};
}

/**
 * One process publishes, two subscribe from the start: `average` is fast, `extremes` is too slow and gets `lost` events. `trend` joins
 * after a third of the time, but not before the first messages are overwritten. `average` is killed after two thirds. The end comes
 * when the time is over and `extremes` has lost messages: a busy machine takes longer for all this, and shows the same.
 */
export async function measurementsPart(
	{ seconds, perSecond }: Settings,
	{ publisher, average, extremes, trend }: MeasurementProcesses,
): Promise<Check[]> {
	const depth = 2 ** Math.round(Math.log2(perSecond * laneSeconds));
	line(
		`One process reads /proc/stat, meminfo and others up to ${count(perSecond)} times a second and publishes the figures`,
	);
	line(
		`for ${seconds} seconds. The policy is drop-oldest: no subscriber holds the publisher back, and a subscriber that is more`,
	);
	line(`than ${count(depth)} messages behind gets the number of messages that it lost.`);
	line();
	line('   average    bufferCount(2000), map(busy), sampleTime(1000)         is killed later');
	line(
		`   extremes   scan(min and max), sampleTime(1000)                    is ${slowness} times slower than the publisher`,
	);
	line('   trend      sampleTime(1000), pairwise(), map(difference)          joins later');
	line();

	const log = new Log();
	for (const [name, child] of Object.entries({ publisher, average, extremes, trend })) log.follow(name, child);
	const subscribe = async (child: typeof average | typeof extremes, task: SubscriberTask) => {
		const open = child.next('open');
		child.send(task);
		await open;
	};

	const [open, wrapped, firstLoss] = [
		publisher.next('open'),
		publisher.next('wrapped'),
		log.next('extremes', 'lost'),
	];
	publisher.send({ perSecond, depth, subscribers: 2 });
	await Promise.all([
		subscribe(average, { pipeline: 'average', slowness: 0 }),
		subscribe(extremes, { pipeline: 'extremes', slowness }),
		open,
	]);
	const beganAtMs = performance.now();
	const untilPart = (part: number) => sleep(Math.max(0, beganAtMs + seconds * 1000 * part - performance.now()));
	const published = publisher.next('done');
	const extremesDone = extremes.next('done');
	await Promise.all([untilPart(1 / 3), wrapped]);
	const trendDone = trend.next('done');
	await subscribe(trend, { pipeline: 'trend', slowness: 0 });
	await untilPart(2 / 3);
	const died = log.next('publisher', 'disconnect');
	log.print('demo', 'kill', `SIGKILL to average (pid ${average.pid})`);
	await average.kill();

	await Promise.all([untilPart(1), firstLoss, died]);
	publisher.send('end');
	const sum = (await published).published;
	log.print('publisher', 'done', `${count(sum)} messages`);
	extremes.send('hurry');
	const outcomes = await Promise.all([extremesDone, trendDone]);
	await Promise.all([publisher.ended(), extremes.ended(), trend.ended()]);
	line();
	return [
		...['extremes', 'trend'].map((name, i) => accountFor(name, sum, outcomes[i])),
		{ what: 'the slow subscriber got the number of its losses', good: (outcomes[0]?.lost ?? 0) > 0 },
		{ what: 'the late subscriber joined in the middle', good: (outcomes[1]?.begin ?? 0) > 0 },
		{
			what: 'the publisher got the death of a subscriber as an event',
			good: log.has('publisher', 'disconnect', average.pid, 'died'),
		},
	];
}

interface Outcome {
	readonly begin: number;
	readonly delivered: number;
	readonly lost: number;
}

/** Every message is delivered, or counted as lost, or was gone before the subscriber joined. */
function accountFor(name: string, published: number, outcome: Outcome = { begin: 0, delivered: 0, lost: 0 }): Check {
	const { begin, delivered, lost } = outcome;
	const before = begin === 0 ? '' : ` + ${count(begin)} before it joined`;
	return {
		what: `${name}: delivered + lost = published`,
		good: begin + delivered + lost === published,
		details: `${count(delivered)} + ${count(lost)}${before} = ${count(published)}`,
	};
}
