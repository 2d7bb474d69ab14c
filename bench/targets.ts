/** The targets, as a table, and two rows that explain them. */

export interface Target {
	readonly what: string;
	readonly trial: string;
	readonly contestant: string;
	/** Compared with this one of the same trial; without it the figure itself counts. */
	readonly against?: string;
	/** Looks for `against` in another trial. */
	readonly againstTrial?: string;
	readonly atLeast?: number;
	readonly atMost?: number;
	readonly unit: string;
	/** The figure that counts. Default: messages per second, or microseconds. `cpu`: the processor time of a message. */
	readonly of?: 'cpu' | 'wakeUps';
}

type Place = Pick<Target, 'trial' | 'contestant'>;

/** A target for how many times better a contestant is than a rival or limit of its trial. */
function over(what: string, place: Place, against: string, atLeast: number, unit = `x ${against}`): Target {
	return { what, ...place, against, atLeast, unit };
}

const inTrial = (trial: string) => (contestant: string) => ({ trial, contestant });
const small = inTrial('one way 64 B');
const large = inTrial('one way 64 KiB');
const everyLine = inTrial('every line of 64 KiB');
const struct = inTrial('typed struct');
const text = inTrial('typed text');
const json = inTrial('typed json');
const fileStream = { trial: 'pipeline 64 KiB', contestant: 'byte stream of a file' };
const hot = { trial: 'round trip hot, two cores', contestant: 'event loop' };
const idle = { trial: 'idle pair', contestant: 'event loop' };
const toObservable = 'batch calls to Observable';
const singly = 'single calls to Observable';
const reusing = 'batch calls, reuseMemory';
const lease = 'loans to leases';
const pooled = 'loans in a pool to leases';
const memcpy = 'memcpy, two processes';

export const targets: readonly Target[] = [
	over('struct of 64 B, batch calls', struct('batch calls'), 'unix socket', 28),
	over('struct of 64 B, batch calls to Observable', struct(toObservable), 'unix socket', 25),
	over('struct of 64 B, single calls to Observable', struct(singly), 'unix socket', 15),
	over('struct of 64 B, async iterator', struct('async iterator'), 'unix socket', 14),
	{
		...{ what: 'C++ pair over Node, struct of 64 B, batches', ...struct('native, batch'), against: 'batch calls' },
		...{ atMost: 2.5, unit: 'x faster than the binding' },
	},
	over('text of 64 characters, batch calls to Observable', text(toObservable), 'unix socket, lines', 22),
	over('text of 64 characters, single calls to Observable', text(singly), 'unix socket, lines', 9),
	over('JSON of 100 B, batch calls to Observable', json(toObservable), 'unix socket, lines', 3.5),
	over('JSON of 100 B, single calls to Observable', json(singly), 'unix socket, lines', 2.5),
	{
		...{ what: 'JSON of 100 B, batch calls to Observable', ...json(toObservable), of: 'cpu' },
		...{ against: 'stringify and parse alone', atMost: 1.25, unit: 'x the CPU of stringify and parse alone' },
	},
	over('64 B, visitor', small('batch calls to visitor'), 'unix socket', 32),
	over('64 B, batch calls', small('batch calls'), 'unix socket', 23),
	over('64 B, batch calls', small('batch calls'), 'zeromq', 30),
	{ what: '64 B, batch calls', ...small('batch calls'), atLeast: 8e6, unit: 'messages/s' },
	over('64 B, single reads', small('batch calls to single reads'), 'unix socket', 10),
	over('64 B, single calls to Observable', small(singly), 'unix socket', 12),
	{ what: '64 B, single calls to Observable', ...small(singly), atLeast: 4e6, unit: 'messages/s' },
	over('64 B, async iterator', small('async iterator'), 'unix socket', 10),
	over('64 B, object stream', small('object stream'), 'unix socket', 6),
	over('64 KiB, every line read', everyLine('batch calls'), 'unix socket', 2.5),
	over('64 KiB, every line read, reuseMemory', everyLine(reusing), 'unix socket', 6.5),
	over('64 KiB, copied out', large('batch calls'), 'unix socket', 4),
	over('64 KiB, copied out', large('batch calls'), memcpy, 0.5, 'x memcpy between processes'),
	over('64 KiB, copied out, reuseMemory', large(reusing), memcpy, 0.5, 'x memcpy between processes'),
	over('64 KiB, loan to lease, every line read', inTrial('leases of 64 KiB')(lease), 'unix socket', 7),
	over('1 MiB, loan to lease, every line read', inTrial('leases of 1 MiB')(lease), 'unix socket', 6),
	over('1 MiB, loan to lease, 1 % read', inTrial('leases of 1 MiB, 1 % read')(lease), 'unix socket', 16),
	{
		...{ what: '4 MiB, loan to three leases, 1 % read', ...inTrial('leases of 4 MiB, 1 % read, 1 to 3')(pooled) },
		...{ againstTrial: 'leases of 4 MiB, 1 % read', against: pooled, atLeast: 1 / 1.2, unit: 'x one consumer' },
	},
	over('pipeline of a large file', fileStream, 'unix socket stream of a file', 3, 'x unix socket'),
	over('pipeline of a large file', fileStream, 'the file alone', 0.9, 'x reading it into nothing'),
	over('round trip hot, two cores, median', hot, 'unix socket', 20, 'x lower than unix socket'),
	{ what: 'round trip hot, two cores, median', ...hot, atMost: 3, unit: 'us' },
	over(
		...(['round trip parked, one core', { trial: 'round trip hot, one core', contestant: 'event loop' }] as const),
		...(['unix socket', 1.5, 'x lower than unix socket'] as const),
	),
	over(
		...(['round trip after 100 ms idle', { trial: 'round trip after 100 ms', contestant: 'event loop' }] as const),
		...(['unix socket', 1, 'x lower than unix socket'] as const),
	),
	{
		...{ what: '16 writers to one reader', trial: '16 to 1', contestant: 'batch calls', againstTrial: '1 to 1' },
		...{ against: 'batch calls', atLeast: 1, unit: 'x one writer' },
	},
	{
		...{ what: 'openWriter, first in a process', trial: 'open writer', contestant: 'first in a process' },
		...{ atMost: 2500, unit: 'us' },
	},
	{
		...{ what: 'openWriter, later ones', trial: 'open writer', contestant: 'later' },
		...{ atMost: 500, unit: 'us' },
	},
	{ what: 'idle pair, CPU', ...idle, atMost: 0, unit: 'CPU ticks' },
	{ what: 'idle pair, wake-ups', ...idle, atMost: 0, unit: 'of the main thread', of: 'wakeUps' },
	{
		...{ what: 'C++ pair over Node, 64 B batches', ...small('native, batch'), against: 'batch calls' },
		...{ atMost: 2.5, unit: 'x faster than the binding' },
	},
];

/** Whether a target needs that contestant of the trial, or without a contestant, the trial. */
export function isTargeted(trial: string, contestant?: string): boolean {
	return targets.some(({ againstTrial, against, ...own }) => {
		const places: Partial<Place>[] = [
			own,
			{ trial: againstTrial ?? own.trial, contestant: against ?? own.contestant },
		];
		return places.some((at) => at.trial === trial && (contestant === undefined || at.contestant === contestant));
	});
}
