/** The trials that the benchmark plays, and the estimate of its time. */
import { expect, it } from 'vitest';
import { estimateOf } from '../bench/estimate.js';
import { settingsOf } from '../bench/options.js';
import { Progress } from '../bench/progress.js';
import { targets } from '../bench/targets.js';
import { trials } from '../bench/trials.js';

const settings = (...args: string[]) => settingsOf([...args, '--list']);

it.each(targets)('the target $what, $unit: its contestants play in a trial, also with --quick', (target) => {
	const { trial, contestant, againstTrial = trial, against = contestant } = target;
	for (const [id, name] of [
		[trial, contestant],
		[againstTrial, against],
	] as const) {
		const found = trials.find((one) => one.id === id);
		expect([...(found?.contestants ?? []), ...(found?.limits ?? [])]).toContain(name);
		const { wants } = settings('--quick');
		expect(wants(id) && wants(id, name)).toBe(true);
	}
});

it('with --quick only what the targets compare plays, with a filter all that it matches', () => {
	const quick = settings('--quick').wants;
	expect(quick('one way 8 B')).toBe(false);
	expect(quick('typed struct', 'zeromq')).toBe(false);
	const filtered = settings('--quick', '--filter', '8 B').wants;
	expect(filtered('one way 8 B') && filtered('one way 8 B', 'zeromq')).toBe(true);
	const picked = settings('--filter', 'typed/async').wants;
	expect(picked('typed json', 'unix socket, lines') && picked('typed json', 'async iterator')).toBe(true);
	expect(picked('typed json', 'batch calls')).toBe(false);
});

it('--quick is estimated at less than two minutes', () => {
	const quick = settings('--quick');
	const wanted = trials.filter(({ id }) => quick.wants(id));
	const seconds = wanted.reduce((sum, trial) => sum + estimateOf(trial, quick), 0);
	expect(seconds).toBeGreaterThan(20);
	expect(seconds).toBeLessThan(120);
});

it('the time left shrinks within a trial, and follows the speed of the trials that were played', () => {
	let now = 0;
	const progress = new Progress(
		['a', 'b', 'a', 'b'],
		(trial) => (trial === 'a' ? 10 : 20),
		() => now,
	);
	expect(progress.text).toBe('0 of 4 trials, about 60 s left');
	now += 4000;
	expect(progress.secondsLeft).toBeCloseTo(56);
	now += 16_000; // twice as long as estimated
	progress.next();
	expect(progress.secondsLeft).toBeCloseTo(40 + 20 + 40);
	now += 100_000; // a trial that takes longer than expected
	expect(progress.secondsLeft).toBeCloseTo(20 + 40);
	progress.next();
	expect(progress.text).toBe('2 of 4 trials, about 2 min left');
	expect(progress.secondsLeft).toBeCloseTo(20 + 100);
	progress.next();
	progress.next();
	expect(progress.text).toBe('4 of 4 trials, about 0 s left');
});
