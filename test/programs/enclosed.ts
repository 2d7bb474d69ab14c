// Uses channels in surroundings that lack something, for tests: does the deed of its argument and prints the
// result as JSON. See test/support/surroundings.ts.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
	type Channel,
	type ChannelSpec,
	connect,
	defineChannel,
	defineDuplex,
	json,
	listChannels,
	listen,
	openReader,
	openWriter,
	RingwireError,
	type Writer,
} from 'ringwire';

const [deed = '', ...args] = process.argv.slice(2);
let channels = 0;

const numbers = (spec: Omit<ChannelSpec<number>, 'name' | 'codec'> = {}): Channel<number> =>
	defineChannel({ ...spec, name: `enclosed-${channels++}`, codec: json<number>() });
const small = { capacity: 64 * 1024, depth: 2 } as const;

/** 'ok', or what it failed with. */
async function outcomeOf(call: () => unknown): Promise<string> {
	try {
		await call();
		return 'ok';
	} catch (error) {
		if (error instanceof RingwireError) return [error.code, error.syscall].filter(Boolean).join(' ');
		return String(error);
	}
}

/** The outcome of every way into a channel. */
async function ways(): Promise<Record<string, string>> {
	const lane = { codec: json<number>(), ...small };
	const duplex = defineDuplex({ name: 'enclosed-duplex', toServer: lane, toClient: lane });
	return {
		openWriter: await outcomeOf(() => openWriter(numbers(small)).close({ lingerMs: 0 })),
		openReader: await outcomeOf(() => openReader(numbers(small)).close()),
		listen: await outcomeOf(() => listen(duplex).close()),
		listChannels: await outcomeOf(() => listChannels({ timeoutMs: 0 })),
		connect: await outcomeOf(() => connect(duplex, { timeoutMs: 1 })),
	};
}

/** A writer and a reader that are connected. */
async function pairOf(channel = numbers(small)) {
	const writer = openWriter(channel);
	const reader = openReader(channel);
	await Promise.all([writer.whenConnected(), reader.whenConnected()]);
	return { writer, reader, close: () => Promise.all([writer.close({ lingerMs: 0 }), reader.close()]) };
}

type Pair = Awaited<ReturnType<typeof pairOf>>;

async function passesOn({ writer, reader }: Pair): Promise<boolean> {
	await writer.write(7);
	return (await reader.read()) === 7;
}

const folderOf = () => process.env.RINGWIRE_DIR ?? '';

const deeds: Record<string, () => unknown> = {
	ways,

	/** That a channel works at all. */
	async exchange() {
		const pair = await pairOf();
		const result = await passesOn(pair);
		await pair.close();
		return result;
	},

	/** 200 messages of 1 MiB, all in the lane at once, where /dev/shm has less room than that. */
	async 'large lane'() {
		const { blocks, bsize } = statfsSync('/dev/shm');
		const channel = defineChannel({ name: 'large', capacity: 256 * 1024 ** 2 });
		const writer = openWriter(channel);
		for (let i = 0; i < 200; i++) writer.tryWrite(Buffer.alloc(1024 ** 2, i));
		writer.end();
		let good = 0;
		for await (const message of openReader(channel)) {
			if (Buffer.alloc(1024 ** 2, good).equals(message)) good++;
		}
		await writer.close();
		return { shmBytes: blocks * bsize, good };
	},

	/** Takes all descriptors but some, for each number of those, and then none. */
	async descriptors() {
		const pair = await pairOf();
		const seen = new Set<string>();
		let works = true;
		for (let spare = 0; spare < 30; spare++) {
			const taken: number[] = [];
			try {
				for (;;) taken.push(openSync('/dev/null', 'r'));
			} catch {
				for (const file of taken.splice(0, spare)) closeSync(file);
			}
			for (const outcome of Object.values(await ways())) seen.add(outcome);
			works &&= await passesOn(pair);
			for (const file of taken) closeSync(file);
		}
		const after = await ways();
		await pair.close();
		return { seen: [...seen], works, after };
	},

	/** A reader whose process has no descriptor for a writer that comes. */
	async 'descriptor for a peer'() {
		const channel = numbers(small);
		const reader = openReader(channel);
		const writer = openWriter(channel);
		const taken: number[] = [];
		try {
			for (;;) taken.push(openSync('/dev/null', 'r'));
		} catch {}
		const [error] = await new Promise<[RingwireError]>((resolve) =>
			reader.once('error', (event) => resolve([event.error])),
		);
		for (const file of taken) closeSync(file);
		await Promise.all([reader.whenConnected(), writer.whenConnected()]);
		const works = await passesOn({ writer, reader } as Pair);
		await Promise.all([writer.close(), reader.close()]);
		return { code: error.code, works };
	},

	/** Clients come to a server of this process, which has so many descriptors left, for each number of those. */
	async 'half a connection'() {
		const lane = { codec: json<number>(), ...small };
		const duplex = defineDuplex({ name: 'enclosed-halves', toServer: lane, toClient: lane });
		const server = listen(duplex);
		await (await connect(duplex)).close(); // whatever stays open for good is open now
		while (server.connections.length > 0) await nextTurn();
		await nextTurn();
		const before = readdirSync('/proc/self/fd').length;
		let refused = 0;
		server.on('error', () => refused++);
		const outcomes = new Set<string>();
		for (let spare = 0; spare < 40; spare++) {
			const taken: number[] = [];
			try {
				for (;;) taken.push(openSync('/dev/null', 'r'));
			} catch {
				for (const file of taken.splice(0, spare)) closeSync(file);
			}
			outcomes.add(await outcomeOf(async () => (await connect(duplex, { timeoutMs: 50 })).close()));
			for (const file of taken) closeSync(file);
		}
		await (await connect(duplex)).close();
		const closed = () => server.connections.length === 0 && readdirSync('/proc/self/fd').length <= before;
		const giveUp = Date.now() + 5000;
		while (!closed() && Date.now() < giveUp) await nextTurn();
		const kept = readdirSync('/proc/self/fd').length - before;
		await server.close();
		return { outcomes: [...outcomes].sort(), kept, refused: refused > 0 };
	},

	/** Opens lanes of 64 MiB until there is no more address space for them. */
	async memory() {
		const used = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
		const pair = await pairOf();
		execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${used + 400 * 1024 ** 2}`]);
		const lanes: Writer<number>[] = [];
		const large = () => openWriter(numbers({ capacity: 64 * 1024 ** 2 }));
		let refused = '';
		while (lanes.length < 100 && refused === '') {
			const outcome = await outcomeOf(() => lanes.push(large()));
			if (outcome !== 'ok') refused = outcome;
		}
		const works = await passesOn(pair);
		await lanes.pop()?.close();
		const again = await outcomeOf(() => lanes.push(large()));
		await Promise.all(lanes.map((lane) => lane.close()));
		await pair.close();
		return { refused, opened: lanes.length, works, again };
	},

	/** A writer whose lane cannot grow, with failing_steps.c: writes, and a reader that comes. */
	async 'no memory for a lane'() {
		const channel = defineChannel({ name: 'enclosed-steps', capacity: 64 * 1024 });
		const writer = openWriter(channel);
		const small = Buffer.from('small');
		const large = Buffer.alloc(20_000, 'large');
		const errors: string[] = [];
		writer.on('error', ({ error }) => errors.push(`writer: ${error.code} ${error.syscall}`));
		process.env.NO_MEMORY = '1';
		const writes = {
			tryWrite: await outcomeOf(() => writer.tryWrite(large)),
			write: await outcomeOf(() => writer.write(large)),
			writeSync: await outcomeOf(() => writer.writeSync(large)),
			tryWriteBatch: await outcomeOf(() => writer.tryWriteBatch([large, large])),
			'tryWriteBatch, staged': await outcomeOf(() => writer.tryWriteBatch(Array(5000).fill(small))),
			'in the first step': await outcomeOf(() => writer.tryWrite(small)),
		};
		const accepted = writer.stats.messages;
		const reader = openReader(channel);
		reader.on('error', ({ error }) => errors.push(`reader: ${error.code}`));
		const waits = await Promise.all([outcomeOf(() => writer.whenConnected()), outcomeOf(() => reader.read())]);
		const connected = writer.peers.length;
		delete process.env.NO_MEMORY;
		await Promise.all([writer.whenConnected(), reader.whenConnected()]);
		await writer.write(large);
		const read = [await reader.read(), await reader.read()].map((message) => String(message).slice(0, 5));
		await Promise.all([writer.close(), reader.close()]);
		return { writes, accepted, errors: errors.sort(), waits, connected, read };
	},

	/** In a run-time folder on a tiny file system: fills it, tries everything, makes room. */
	async 'no space'() {
		const pair = await pairOf();
		const fillers: string[] = [];
		try {
			for (let i = 0; ; i++) {
				const file = join(folderOf(), `filler-${i}`);
				writeFileSync(file, '');
				fillers.push(file);
			}
		} catch {}
		const full = await ways();
		const works = await passesOn(pair);
		for (const file of fillers) rmSync(file, { force: true });
		const after = await ways();
		await pair.close();
		return { fillers: fillers.length > 0, full, works, after, left: readdirSync(folderOf()) };
	},

	/** So many pairs, each with four mappings of its own, in one process. */
	async pairs() {
		const count = Number(args[0]);
		const channels = Array.from({ length: count }, () => numbers(small));
		const readers = channels.map((channel) => openReader(channel));
		const writers = channels.map((channel) => openWriter(channel));
		await Promise.all([...readers, ...writers].map((handle) => handle.whenConnected()));
		const mappings = () => (readFileSync('/proc/self/maps', 'utf8').match(/memfd:ringwire/g) ?? []).length;
		const open = mappings();
		for (const [index, writer] of writers.entries()) await writer.write(index);
		const read = await Promise.all(readers.map((reader) => reader.read()));
		await Promise.all([...readers, ...writers].map((handle) => handle.close()));
		await nextTurn();
		return { open, good: read.every((message, index) => message === index), left: mappings() };
	},
};

console.log(JSON.stringify(await deeds[deed]?.()));
