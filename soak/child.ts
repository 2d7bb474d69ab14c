/** A process of the soak: opens its parts, executes the orders of the conductor, and reports. `child.js TASK-AS-JSON`. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ClientPart, ServerPart } from './duplex-parts.js';
import { ReaderPart, WriterPart } from './one-way-parts.js';
import type { Company, Part, PartSpec, Surroundings } from './part.js';
import type { Answer, Holdings, Order, Task } from './protocol.js';
import { randomFrom } from './random.js';
import { History, noCounts } from './tally.js';

const lookEveryMs = 20;
const tellEveryMs = 250;

const task: Task = JSON.parse(process.argv[2] ?? '');
const history = new History(60);
let counts = noCounts();
let company: Company = {};
/** The condition of an order. Returns the part that is missing. */
let awaited: (() => string | undefined) | undefined;

process.on('message', (order: Order) => obey(order));
// Without a conductor no other process ends this one.
process.on('disconnect', () => process.exit(1));
const telling = setInterval(tellCounts, tellEveryMs);

const around: Surroundings = {
	folder: task.folder,
	random: randomFrom(task.seed),
	get counts() {
		return counts;
	},
	history,
	violation: (what) => answer({ type: 'violation', what, history: history.lines }),
};
const parts = task.parts.map((spec) => open(spec));
answer({ type: 'open' });

function open(spec: PartSpec): Part {
	switch (spec.kind) {
		case 'writer':
			return new WriterPart(spec, around);
		case 'reader':
			return new ReaderPart(spec, around);
		case 'server':
			return new ServerPart(spec, around);
		case 'client':
			return new ClientPart(spec, around);
	}
}

function obey(order: Order): void {
	switch (order.type) {
		case 'meet':
			company = order.company;
			wait((part) => part.awaitsCompany(company), { type: 'met' });
			break;
		case 'rest': {
			const { round } = order;
			for (const part of parts) part.rest(round);
			wait((part) => part.awaitsRound(round, company), { type: 'rested', round });
			break;
		}
		case 'go on':
			awaited = undefined;
			for (const part of parts) part.goOn();
			break;
		case 'measure':
			void measure().then((holdings) => answer({ type: 'measured', holdings }));
			break;
		case 'close':
			void close();
			break;
	}
}

/** Checks the state of the parts repeatedly, without a look into the rings, and answers when nothing is missing. */
function wait(missing: (part: Part) => string | undefined, done: Answer): void {
	const look = () => parts.map(missing).find((what) => what !== undefined);
	awaited = look;
	const again = () => {
		if (awaited !== look) return;
		if (look() === undefined) {
			awaited = undefined;
			answer(done);
		} else setTimeout(again, lookEveryMs);
	};
	again();
}

async function close(): Promise<void> {
	awaited = () => 'its parts have not closed';
	await Promise.all(parts.map((part) => part.close()));
	clearInterval(telling);
	tellCounts();
	answer({ type: 'closed' });
	process.removeAllListeners('disconnect');
	process.disconnect();
}

async function measure(): Promise<Holdings> {
	for (let i = 0; i < 4; i++) {
		global.gc?.();
		await pause(50);
	}
	const { rss, heapUsed, external } = process.memoryUsage();
	const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
	return {
		descriptors: readdirSync('/proc/self/fd').length,
		mappings: maps.filter((line) => line.includes('memfd:')).length,
		rssBytes: rss,
		heapBytes: heapUsed,
		externalBytes: external,
	};
}

function tellCounts(): void {
	const told = counts;
	counts = noCounts();
	answer({ type: 'counts', counts: told, waitsFor: awaited?.() ?? '' });
}

function answer(message: Answer): void {
	process.send?.(message);
}
