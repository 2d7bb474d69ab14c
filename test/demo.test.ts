import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Pace } from '../demo/pace.js';
import { runCompiled } from './support/compiled.js';

const someFile = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ringwire-demo-'));

it('the demo, in small: all its checks are good, and it leaves nothing behind', async () => {
	const before = left();
	const settings = ['--file', someFile, '--rounds', '1', '--seconds', '1.5', '--per-second', '4000'];
	const { status, output, errors } = await runCompiled('demo/main', ...settings);
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).not.toContain('FAILED');
	expect(output.match(/^ {3}ok /gm)).toHaveLength(7);
	expect(output).toMatch(/from disk to disk .* MB\/s/);
	expect(output).toMatch(/publisher +disconnect +average \(pid \d+\): died/);
	expect(output).toMatch(/extremes +lost +[\d,]+ messages of publisher/);
	expect(left()).toEqual(before);
});

it('a failure makes the demo fail, and it leaves nothing behind all the same', async () => {
	const before = left();
	const { status, errors } = await runCompiled('demo/main', '--file', '/nowhere');
	expect({ status, errors }).toEqual({ status: 1, errors: expect.stringContaining('ENOENT') });
	expect(left()).toEqual(before);
});

it('a demo that does not end by its deadline names the part that it was in, exits with 2, and leaves nothing behind', async () => {
	const before = left();
	const settings = ['--file', someFile, '--rounds', '1', '--seconds', '3600', '--deadline', '3'];
	const { status, errors } = await runCompiled('demo/main', ...settings);
	expect({ status, errors }).toEqual({ status: 2, errors: expect.stringContaining('did not end within 3 s') });
	expect(errors).toMatch(/It was in (the start of its processes|part [12])\./);
	expect(left()).toEqual(before);
});

it('a message to a process of the demo that was killed is dropped, whether or not its end is known', async () => {
	const { status, output, errors } = await runCompiled('test/programs/demo-child');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).toContain('the end is known');
});

describe('the pace of the publisher', () => {
	it('keeps the rate while each batch is on time', () => {
		const pace = new Pace(10_000, 0);
		let taken = 0;
		for (let nowMs = 1; nowMs <= 1000; nowMs++) taken += pace.take(nowMs);
		expect(taken).toBeGreaterThanOrEqual(9_999);
		expect(taken).toBeLessThanOrEqual(10_000);
	});

	it('keeps a rate of less than one message a turn', () => {
		const pace = new Pace(10, 0);
		let taken = 0;
		for (let nowMs = 1; nowMs <= 1000; nowMs++) taken += pace.take(nowMs);
		expect(taken).toBeGreaterThanOrEqual(9);
		expect(taken).toBeLessThanOrEqual(10);
	});

	it('a publisher that is too slow for its rate never takes longer for a batch than the bound', () => {
		const msPerMessage = 1; // ten times too slow
		const pace = new Pace(10_000, 0);
		let nowMs = 1;
		for (let turn = 0; turn < 1000; turn++) {
			const due = pace.take(nowMs);
			expect(due).toBeLessThanOrEqual(pace.batchMax);
			nowMs += Math.max(1, due * msPerMessage);
		}
		expect(pace.batchMax).toBe(100);
	});

	it('drops the messages of a pause instead of making up for it', () => {
		const pace = new Pace(10_000, 0);
		expect(pace.take(3_600_000)).toBe(pace.batchMax);
		expect(pace.take(3_600_001)).toBe(10);
	});
});
