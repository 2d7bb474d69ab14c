/** The trials, as a table. */
import type { Form, Spec } from './contestants/types.js';

/** Where the processes run: where the kernel puts them, all on one core, or senders on one and receivers on another. */
export type Cores = 'any' | 'one' | 'two';

export interface Trial {
	/** The text that `--filter` matches, and the name of a row. */
	readonly id: string;
	readonly kind: Spec['kind'] | 'program' | 'opening' | 'open-writer' | 'idle' | 'memory';
	/** Of the messages of its typed contestants. */
	readonly form: Form;
	readonly size: number;
	/** See `Spec`. */
	readonly step: number;
	readonly writers: number;
	readonly readers: number;
	readonly overflow: Spec['overflow'];
	readonly pauseMs: number;
	readonly cores: Cores;
	readonly contestants: readonly string[];
	/** The contestants that the others are compared with, besides the rivals among them. */
	readonly limits?: readonly string[];
}

const sides = { form: 'bytes', step: 0, writers: 1, readers: 1, overflow: 'block', pauseMs: 0, cores: 'any' } as const;
const rivals = [
	...['unix socket', 'unix socket, corked', 'stdio pipe', 'process.send, json', 'process.send, advanced'],
	...['MessagePort (threads)', 'BroadcastChannel (threads)', 'zeromq', 'shared-memory-disruptor'],
];
const faces = [
	...[
		'batch calls to visitor',
		'batch calls to data events',
		'batch calls to single reads',
		'batch calls to Observable',
		'single calls to Observable',
	],
	...['async iterator', 'ix iterable', 'object stream'],
];
const typedFaces = ['batch calls', 'batch calls to Observable', 'single calls to Observable', 'async iterator'];
const reusing = 'batch calls, reuseMemory';
const leases = ['loans to leases', 'loans in a pool to leases', reusing, 'unix socket'];
const callRivals = rivals.filter((name) => name !== 'unix socket, corked');

/** A reader that looks at one byte of each so many has every byte of a message in its cache. */
const cacheLine = 64;
/** Of the cache lines of a message, one percent. */
const onePercent = 100 * cacheLine;

export const sizes = [8, 64, 512, 4096, 65_536, 1_048_576, 4_194_304];
export const crowds = [1, 2, 4, 16];

export function bytesText(size: number): string {
	if (size >= 1_048_576) return `${size / 1_048_576} MiB`;
	return size >= 1024 ? `${size / 1024} KiB` : `${size} B`;
}

function oneWay(id: string, size: number, contestants: readonly string[], more: Partial<Trial> = {}): Trial {
	return { id, kind: 'one-way', size, ...sides, contestants, ...more };
}

function typed(form: Form, size: number, rivals: readonly string[], more: Partial<Trial> = {}): Trial {
	return oneWay(`typed ${form}`, size, [...typedFaces, ...rivals], { form, ...more });
}

function roundTrip(id: string, more: Partial<Trial> = {}): Trial {
	const contestants = ['event loop', 'blocking calls', ...callRivals];
	return { id, kind: 'round-trip', size: 64, ...sides, contestants, ...more };
}

export const trials: readonly Trial[] = [
	...sizes.map((size) =>
		oneWay(
			`one way ${bytesText(size)}`,
			size,
			[
				'batch calls',
				'single calls',
				...(size < 4096 ? [] : [reusing]),
				...(size === 64 || size === 65_536 ? faces : []),
				...rivals,
			],
			size === 64 || size === 65_536
				? { limits: ['native, batch', 'native, single', 'memcpy, two processes'] }
				: {},
		),
	),
	oneWay(
		'every line of 64 KiB',
		65_536,
		['batch calls', reusing, 'batch calls to visitor', 'unix socket', 'zeromq'],
		{ step: cacheLine },
	),
	oneWay('leases of 64 KiB', 65_536, leases, { step: cacheLine }),
	oneWay('leases of 1 MiB', 1_048_576, leases, { step: cacheLine }),
	oneWay('leases of 1 MiB, 1 % read', 1_048_576, leases, { step: onePercent }),
	oneWay('leases of 4 MiB, 1 % read', 4_194_304, leases, { step: onePercent }),
	oneWay('leases of 4 MiB, 1 % read, 1 to 3', 4_194_304, leases, { step: onePercent, readers: 3 }),
	typed('struct', 64, ['unix socket'], { limits: ['native, batch'] }),
	typed('text', 64, ['unix socket, lines']),
	typed('json', 100, ['unix socket, lines'], { limits: ['stringify and parse alone'] }),
	typed('msgpack', 100, ['zeromq, msgpack']),
	typed('protobuf', 60, ['zeromq, protobuf']),
	typed('framed', 65_536, ['zeromq, framed']),
	typed('structured', 100, ['MessagePort (threads)', 'process.send, advanced']),
	oneWay(
		'pipeline 64 KiB',
		65_536,
		['byte stream', 'byte stream of a file', 'unix socket stream', 'unix socket stream of a file'],
		{ limits: ['the file alone'] },
	),
	roundTrip('round trip hot', { limits: ['native, round trip'] }),
	roundTrip('round trip hot, two cores', {
		cores: 'two',
		contestants: ['event loop', 'blocking calls', 'unix socket', 'zeromq', 'shared-memory-disruptor'],
	}),
	roundTrip('round trip hot, one core', {
		cores: 'one',
		contestants: ['event loop', 'blocking calls', ...callRivals.slice(0, -1)],
	}),
	roundTrip('round trip after 1 ms', { pauseMs: 1 }),
	roundTrip('round trip after 100 ms', {
		pauseMs: 100,
		contestants: ['event loop', 'blocking calls', 'unix socket', 'zeromq'],
	}),
	roundTrip('round trip after 1 ms, one core', {
		...{ pauseMs: 1, cores: 'one' },
		contestants: ['event loop', 'blocking calls', 'unix socket', 'zeromq'],
	}),
	...crowds.map((writers) =>
		oneWay(`${writers} to 1`, 64, ['batch calls', 'single calls', 'unix socket', 'zeromq'], { writers }),
	),
	...crowds
		.slice(1)
		.map((readers) =>
			oneWay(`1 to ${readers}`, 64, ['batch calls', 'single calls', 'unix socket', 'zeromq'], { readers }),
		),
	...(['block', 'drop-newest', 'drop-oldest', 'latest'] as const).map((overflow) =>
		oneWay(`policy ${overflow}`, 64, ['single calls'], { overflow }),
	),
	{
		id: 'limits',
		kind: 'program',
		size: 65_536,
		...sides,
		contestants: ['memcpy, one thread', 'memcpy, two processes', 'empty N-API call'],
	},
	{ id: 'opening', kind: 'opening', size: 64, ...sides, contestants: ['ringwire', 'unix socket pair'] },
	{
		...{ id: 'open writer', kind: 'open-writer', size: 64 },
		...sides,
		contestants: ['first in a process', 'later'],
	},
	{ id: 'idle pair', kind: 'idle', size: 64, ...sides, contestants: ['event loop', 'unix socket', 'zeromq'] },
	{ id: 'memory', kind: 'memory', size: 64, ...sides, contestants: ['ringwire', 'unix socket pair'] },
];
