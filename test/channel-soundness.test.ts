import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { defineChannel, listChannels, openReader, openWriter, utf8 } from 'ringwire';
import { afterEach, describe, expect, it } from 'vitest';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const folder = useTemporaryFolder();
afterEach(killPrograms);

const descriptors = () => readdirSync('/proc/self/fd').length;
const mappings = () => readFileSync('/proc/self/maps', 'utf8').match(/memfd:ringwire/g)?.length ?? 0;

// Watchdogs for a machine that is busy otherwise; not bounds on speed.
const longWatchdog = 300_000;

describe('nothing leaks', () => {
	it(
		'10,000 times opened and closed: not a descriptor, a mapping or a file is left',
		async () => {
			const channel = defineChannel({ name: uniqueName(), codec: utf8(), capacity: 64 * 1024, depth: 2 });
			const cycle = async (index: number) => {
				const writer = openWriter(channel);
				const reader = openReader(channel);
				// Every tenth pair gets as far as a message, the others are closed in the middle of their handshake.
				if (index % 10 === 0) {
					await writer.write(`message ${index}`);
					expect(await reader.read()).toBe(`message ${index}`);
				}
				await reader.close();
				await writer.close({ lingerMs: 0 });
			};
			await cycle(0);
			await new Promise(setImmediate);
			const before = { descriptors: descriptors(), mappings: mappings() };
			for (let index = 0; index < 10_000; index++) await cycle(index);
			await new Promise(setImmediate);
			expect({ descriptors: descriptors(), mappings: mappings() }).toEqual(before);
			expect(readdirSync(folder)).toEqual([]);
		},
		longWatchdog,
	);

	it(
		'worker threads that start, write, and are terminated 200 times leave nothing behind and disturb no other endpoint',
		async () => {
			const name = uniqueName();
			const reader = openReader(defineChannel({ name, codec: utf8() }));
			const gone = new Set<string>();
			const perWorker = new Map<string, number>();
			reader.on('disconnect', ({ peer }) => gone.add(peer.id));
			const reading = (async () => {
				for await (const message of reader) {
					const [worker = '', index = ''] = message.split(' ');
					expect(Number(index)).toBe(perWorker.get(worker) ?? 0);
					perWorker.set(worker, Number(index) + 1);
				}
			})();
			const before = descriptors();
			const program = new URL('../build/programs/test/programs/busy-worker.js', import.meta.url);
			const startAndTerminate = async (label: string) => {
				const worker = new Worker(program, { workerData: { name, label } });
				await new Promise((resolve, reject) => {
					worker.once('message', resolve);
					worker.once('error', reject);
				});
				await worker.terminate();
			};
			// Four at a time: one is terminated while another one starts.
			const labels = Array.from({ length: 200 }, (_, index) => `worker${index}`);
			const lives = async () => {
				for (let label = labels.pop(); label !== undefined; label = labels.pop())
					await startAndTerminate(label);
			};
			await Promise.all([lives(), lives(), lives(), lives()]);
			while (gone.size < 200) await new Promise((resolve) => reader.once('disconnect', resolve));
			expect(perWorker.size).toBe(200);
			await reader.close();
			await reading;
			// The reader's own set and its alarm are gone too.
			expect(descriptors()).toBeLessThanOrEqual(before);
			expect(listChannels()).toEqual([]);
			expect(readdirSync(folder)).toEqual([]);
		},
		longWatchdog,
	);
});

describe('the event loop', () => {
	it('breathes under full load: while messages never run out, a timer and I/O get their turns', async () => {
		const name = uniqueName();
		const reader = openReader(defineChannel({ name, codec: utf8() }));
		const task = {
			channel: name,
			overflow: 'block',
			label: 'w',
			count: 400_000,
			padding: 8,
			readers: 1,
			capacity: 65536,
			depth: 1024,
		};
		startProgram('writer', task);
		let delivered = 0;
		let turns = 0;
		let messagesInTurn = 0;
		let most = 0;
		const turn = () => {
			turns++;
			most = Math.max(most, messagesInTurn);
			messagesInTurn = 0;
			if (!reader.closed) setImmediate(turn);
		};
		setImmediate(turn);
		for await (const _ of reader) {
			delivered++;
			messagesInTurn++;
		}
		expect(delivered).toBe(400_000);
		// Counted, not timed: however fast they come, the loop goes round after at most so many.
		expect(most).toBeLessThanOrEqual(2 * 1024);
		expect(turns).toBeGreaterThan(400_000 / 2048);
	});
});

describe('an idle connected pair', () => {
	it('makes no system call at all', async (context) => {
		if (!existsSync('/usr/bin/strace')) {
			const installed =
				process.getuid?.() === 0 && spawnSync('apt-get', ['install', '-y', 'strace']).status === 0;
			context.skip(!installed, 'needs strace, which only root can install here');
		}
		const name = uniqueName();
		const idle = startProgram('idle-pair', { channel: name });
		await idle.received('idle');
		// Long against the spin budget. The assertion is a count.
		const trace = spawnSync('timeout', ['3', 'strace', '-f', '-p', String(idle.child.pid)], { encoding: 'utf8' });
		const calls = trace.stderr
			.split('\n')
			.filter(
				(line) =>
					line !== '' &&
					!/^strace:|attached|detached|<unfinished \.\.\.>|resuming interrupted|<detached/.test(line),
			);
		expect(trace.stderr).toContain('attached');
		expect(calls).toEqual([]);
	});

	it('uses no CPU time', async () => {
		const idle = startProgram('idle-pair', { channel: uniqueName() });
		await idle.received('idle');
		const ticks = () =>
			execFileSync('cat', [`/proc/${idle.child.pid}/stat`], { encoding: 'utf8' })
				.split(' ')
				.slice(13, 15)
				.map(Number);
		const before = ticks();
		await new Promise((resolve) => setTimeout(resolve, 1000));
		expect(ticks()).toEqual(before);
	});
});
