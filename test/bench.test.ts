import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runCompiled } from './support/compiled.js';

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ringwire-bench-'));

// One trial of each kind: each measures another thing.
it.each([
	...[
		'one way 64 KiB',
		'pipeline 64 KiB',
		'round trip hot, two cores',
		'round trip after 1 ms, one core',
		'1 to 2',
		'policy',
	],
	...['typed', 'limits', 'opening', 'open writer', 'idle pair', 'memory'],
])(
	'%s: every contestant plays, rivals too, delivers every byte, and leaves nothing behind',
	async (trial) => {
		const before = left();
		const { status, output, errors } = await runCompiled('bench/main', '--tiny', '--filter', trial);
		expect(errors).toBe('');
		expect(status).toBe(0);
		expect(output).not.toMatch(/wrong data|failed|not installed/);
		if (trial === 'one way 64 KiB') expect(output).toMatch(/^ {2}batch calls .*^ {2}unix socket /ms);
		expect(left()).toEqual(before);
	},
	180_000,
); // the first that has limits builds them: 25 C++ files

/** Replaces zeromq in every process of the benchmark by a module hook of Node. The benchmark itself stays as it is. */
function insteadOfZeromq(answer: string): void {
	const hook = `export const resolve = (name, context, next) => name === 'zeromq' ? ${answer} : next(name, context);`;
	const registered = `import { register } from 'node:module'; register(${JSON.stringify(inUrl(hook))});`;
	vi.stubEnv('NODE_OPTIONS', `--import=${inUrl(registered)}`);
	onTestFinished(() => void vi.unstubAllEnvs());
}

const inUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

it.each([
	['is not installed', `Promise.reject(new Error('Cannot find package zeromq'))`, 'Cannot find package zeromq'],
	['fails', `({ url: 'data:text/javascript,process.exit(3)', shortCircuit: true })`, 'a peer ended with 3'],
])(
	'a rival that %s is reported, the others are measured, and the report has the gap',
	async (_what, answer, reason) => {
		insteadOfZeromq(answer);
		const trial = 'round trip hot, two cores';
		const { status, output, errors } = await runCompiled('bench/main', '--tiny', '--filter', trial);
		expect(status).toBe(0);
		expect(errors).toContain(`${trial}: zeromq is left out: ${reason}`);
		expect(output).toContain(`missing: ${trial}: zeromq: ${reason}`);
		expect(output).toMatch(/^ {2}blocking calls /m);
		expect(output).toMatch(/^ {2}shared-memory-disruptor /m);
	},
	180_000,
);

it.each([
	['an unknown trial', ['--filter', 'no such trial'], /no trial is called "no such trial"; there are: one way 8 B,/],
	['an unknown contestant', ['--filter', 'one way/nobody'], /no contestant is called "nobody"/],
	['an unknown option', ['--fast'], /--fast/],
	['a report that is not there', ['--from', 'no-such-report.json'], /--from no-such-report.json: ENOENT/],
	['a run to compare with that is not there', ['--from', 'x.json', '--against', 'y.json'], /--from x.json: ENOENT/],
	['a wrong number of passes', ['--passes', '1.5'], /--passes must be a whole number from 1 on, not "1.5"/],
	['a wrong number', ['--repeats', '0'], /--repeats must be a whole number from 1 on, not "0"/],
])('%s is an error that names it, with exit status 2', async (_what, args, message) => {
	const { status, errors } = await runCompiled('bench/main', ...args);
	expect(status).toBe(2);
	expect(errors).toMatch(message);
});
