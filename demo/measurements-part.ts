import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { Log } from './log.js';
import { type Check, count, line } from './print.js';
import type { Settings } from './settings.js';
import type { PublisherSays, PublisherTask, SubscriberSays, SubscriberTask } from './watching.js';

type Subscriber = Child<SubscriberSays, SubscriberTask>;

/** A slow subscriber needs so many times longer for a message than the publisher does. */
const tooSlow = 3;

/**
 * One process publishes, two subscribe from the start: `average` is fast, `extremes` is too slow and is told its losses. `trend` joins when a
 * third of the time is over, `average` is killed when two thirds are.
 */
export async function measurementsPart({ seconds, perSecond }: Settings): Promise<Check[]> {
	const depth = 2 ** Math.round(Math.log2((perSecond * seconds) / 8));
	const microsPerMessage = (tooSlow * 1e6) / perSecond;
	line(
		`One process reads /proc/stat, meminfo and others ${count(perSecond)} times a second and publishes what it finds, for`,
	);
	line(`${seconds} seconds. The policy is drop-oldest: nobody holds the publisher back, and who is more than`);
	line(`${count(depth)} messages behind is told how many it lost.`);
	line();
	line('   average    bufferCount(2000), map(busy), sampleTime(1000)         is killed later');
	line(
		`   extremes   scan(min and max), sampleTime(1000)                    needs ${microsPerMessage} µs a message: too slow`,
	);
	line('   trend      sampleTime(1000), pairwise(), map(difference)          joins later');
	line();

	const log = new Log();
	const publisher = new Child<PublisherSays, PublisherTask | 'end'>('publisher', 'publisher');
	log.follow('publisher', publisher);
	const subscribe = async (pipeline: SubscriberTask['pipeline'], micros: number): Promise<Subscriber> => {
		const subscriber: Subscriber = new Child(pipeline, 'subscriber');
		log.follow(pipeline, subscriber);
		subscriber.tell({ pipeline, microsPerMessage: micros });
		await subscriber.hears('open');
		return subscriber;
	};

	publisher.tell({ perSecond, depth, subscribers: 2 });
	const [average, extremes] = await Promise.all([
		subscribe('average', 0),
		subscribe('extremes', microsPerMessage),
		publisher.hears('open'),
	]);
	const published = publisher.hears('done');
	const extremesDone = extremes.hears('done');
	await sleep((seconds * 1000) / 3);
	const trend = await subscribe('trend', 0);
	const trendDone = trend.hears('done');
	await sleep((seconds * 1000) / 3);
	log.say('demo', 'kill', `SIGKILL to average (pid ${average.pid})`);
	await average.kill();

	await sleep((seconds * 1000) / 3);
	publisher.tell('end');
	const sum = (await published).published;
	log.say('publisher', 'done', `${count(sum)} messages`);
	const outcomes = await Promise.all([extremesDone, trendDone]);
	await Promise.all([publisher.ended(), extremes.ended(), trend.ended()]);
	line();
	return [
		...['extremes', 'trend'].map((name, i) => accountFor(name, sum, outcomes[i])),
		{ what: 'the slow subscriber was told of losses', good: (outcomes[0]?.lost ?? 0) > 0 },
		{ what: 'the late subscriber joined in the middle', good: (outcomes[1]?.begin ?? 0) > 0 },
		{
			what: 'the publisher was told that a subscriber died',
			good: log.saw('publisher', 'disconnect', average.pid, 'died'),
		},
	];
}

interface Outcome {
	readonly begin: number;
	readonly delivered: number;
	readonly lost: number;
}

/** Every message is either delivered or counted as lost; or it was gone before the subscriber came. */
function accountFor(name: string, published: number, outcome: Outcome = { begin: 0, delivered: 0, lost: 0 }): Check {
	const { begin, delivered, lost } = outcome;
	const before = begin === 0 ? '' : ` + ${count(begin)} before it came`;
	return {
		what: `${name}: delivered + lost = published`,
		good: begin + delivered + lost === published,
		details: `${count(delivered)} + ${count(lost)}${before} = ${count(published)}`,
	};
}
