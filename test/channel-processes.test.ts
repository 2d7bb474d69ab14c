import { readdirSync } from 'node:fs';
import { listChannels, type Overflow } from 'ringwire';
import { afterEach, describe, expect, it } from 'vitest';
import { killPrograms, startProgram } from './support/programs.js';
import type { ReaderReport, ReaderTask, WriterTask } from './support/tasks.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const folder = useTemporaryFolder();

afterEach(async () => {
	await killPrograms();
	// A killed process cannot clean up; the next listing does.
	expect(listChannels()).toEqual([]);
	expect(readdirSync(folder)).toEqual([]);
});

const writerTask = (channel: string, task: Partial<WriterTask> = {}): WriterTask => ({
	channel,
	overflow: 'block',
	label: 'w',
	count: 1000,
	padding: 64,
	readers: 0,
	capacity: 64 * 1024,
	depth: 256,
	...task,
});

const readerTask = (channel: string, task: Partial<ReaderTask> = {}): ReaderTask => ({
	channel,
	overflow: 'block',
	lossy: false,
	order: 'lane',
	pauseEvery: 0,
	...task,
});

async function reportOf(reader: ReturnType<typeof startProgram>): Promise<ReaderReport> {
	const { report } = await reader.received<{ report: ReaderReport }>('done');
	expect(await reader.exit).toBe(0);
	return report;
}

describe('processes that arrive in any order', () => {
	it('a reader that was there first gets everything', async () => {
		const name = uniqueName();
		const reader = startProgram('reader', readerTask(name));
		await reader.received('open');
		startProgram('writer', writerTask(name));
		expect(await reportOf(reader)).toMatchObject({ delivered: 1000, gaps: 0, disorder: 0, lost: 0 });
	});

	it('a writer that was opened first and has filled its lane keeps everything for the first reader', async () => {
		const name = uniqueName();
		const writer = startProgram('writer', writerTask(name, { count: 100 }));
		await writer.received('written');
		const reader = startProgram('reader', readerTask(name));
		expect(await reportOf(reader)).toMatchObject({ delivered: 100, gaps: 0, disorder: 0 });
	});

	it('all at once: 8 writers and 8 readers find each other in any order', async () => {
		const name = uniqueName();
		const readers = Array.from({ length: 8 }, () => startProgram('reader', readerTask(name)));
		const writers = Array.from({ length: 8 }, (_, i) =>
			startProgram('writer', writerTask(name, { label: `w${i}`, count: 300, readers: 8, hang: true })),
		);
		// A reader ends when all the writers it has met have ended, so none may before the last one has come.
		for (const writer of writers) await writer.received('written');
		for (const writer of writers) writer.child.send('end');
		for (const reader of readers) {
			expect(await reportOf(reader)).toMatchObject({ delivered: 2400, gaps: 0, disorder: 0 });
		}
	});
});

describe('many', () => {
	it('64 writers into one reader: every message, in order of each writer', async () => {
		const name = uniqueName();
		const reader = startProgram('reader', readerTask(name));
		await reader.received('open');
		// One that has not ended keeps the reader from ending before the last one has come.
		const keeper = startProgram('writer', writerTask(name, { label: 'keeper', count: 200, hang: true }));
		await keeper.received('written');
		const writers = Array.from({ length: 63 }, (_, i) =>
			startProgram('writer', writerTask(name, { label: `w${i}`, count: 200 })),
		);
		for (const writer of writers) expect(await writer.exit).toBe(0);
		keeper.child.send('end');
		expect(await reportOf(reader)).toMatchObject({ delivered: 64 * 200, gaps: 0, disorder: 0, lost: 0 });
	});

	for (const overflow of ['block', 'drop-oldest', 'drop-newest', 'latest'] as const satisfies readonly Overflow[]) {
		it(`${overflow}: one writer to 16 readers at different speeds, delivered + lost = published for each`, async () => {
			const name = uniqueName();
			const readers = Array.from({ length: 16 }, (_, i) =>
				startProgram('reader', readerTask(name, { overflow, pauseEvery: i % 4, lossy: i % 3 === 2 })),
			);
			const count = 20_000;
			const writer = startProgram('writer', writerTask(name, { overflow, count, readers: 16 }));
			const { accepted } = await writer.received<{ accepted: number }>('written');
			for (const [i, reader] of readers.entries()) {
				const report = await reportOf(reader);
				expect(report.delivered + report.lost, `reader ${i}`).toBe(accepted);
				expect(report.disorder, `reader ${i}`).toBe(0);
				expect(report.stats?.lost, `reader ${i}`).toBe(report.lost);
				if (overflow !== 'drop-newest') expect(report.gaps, `reader ${i}`).toBeLessThanOrEqual(report.lost);
				if (overflow === 'block' && i % 3 !== 2) expect(report.lost, `reader ${i}`).toBe(0);
			}
			expect(await writer.exit).toBe(0);
		});
	}
});

describe('SIGKILL', () => {
	it('a killed writer: everything that it published is delivered, then its disconnect has the reason died', async () => {
		const name = uniqueName();
		const reader = startProgram('reader', readerTask(name));
		await reader.received('open');
		const keeper = startProgram('writer', writerTask(name, { label: 'keeper', count: 1, hang: true }));
		await keeper.received('written');
		const killed = startProgram('writer', writerTask(name, { count: 5000, hang: true }));
		await killed.received('written');
		await killed.kill();
		// All of its messages came before the event.
		const { report } = await reader.received<{ report: ReaderReport }>('died');
		expect(report).toMatchObject({ delivered: 5001, gaps: 0, disorder: 0, events: ['connect', 'connect', 'died'] });
		// The next one is a new peer, and the reader goes on without being re-opened.
		const next = startProgram('writer', writerTask(name, { label: 'next', count: 10 }));
		expect(await next.exit).toBe(0);
		const left = await reader.received<{ report: ReaderReport }>('closed');
		expect(left.report).toMatchObject({ delivered: 5011, gaps: 0, disorder: 0 });
	});

	it('a killed reader: the writer goes on, and the next reader gets what the dead one had not taken', async () => {
		const name = uniqueName();
		const writer = startProgram('writer', writerTask(name, { count: 50_000, readers: 1 }));
		const killed = startProgram('reader', readerTask(name, { pauseEvery: 1 }));
		await writer.received('connected');
		await killed.kill();
		const reader = startProgram('reader', readerTask(name));
		const report = await reportOf(reader);
		expect(await writer.exit).toBe(0);
		// In order and without a gap from where the dead one stood to the end.
		expect(report.disorder).toBe(0);
		expect(report.delivered + report.gaps).toBe(50_000);
		expect(report.delivered).toBeGreaterThan(0);
		expect(report.lost).toBe(0);
	});
});
