/** Bun and Deno: the laws of the event loop, and the tarball between them, Node and each other. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { laws } from '../../test/programs/event-loop/laws.js';
import { processLaws } from '../../test/programs/event-loop/process-laws.js';
import { checkPair, checkWorkers, Parties, said } from './support/parties.js';
import { Process } from './support/process.js';
import { repository } from './support/project.js';
import { bunAndDeno } from './support/runtimes.js';

const parties = new Parties('runtimes');

beforeAll(async () => {
	const [{ Bun, Deno }] = await Promise.all([bunAndDeno(), parties.install()]);
	parties.commands.Bun = [Bun];
	parties.commands.Deno = [Deno, 'run', '-A'];
});

const others = ['Bun', 'Deno'] as const;

describe.each(others)('%s', (runtime) => {
	const main = repository('build/programs/test/programs/event-loop/main.js');
	const run = (law: string) => parties.started(runtime, main, 'addon', law).finished();

	test.concurrent.each(laws)('$name', async ({ name }) => {
		expect(await run(name)).toEqual(said());
	});
	test.concurrent.each(processLaws)('$name', async ({ name, output }) => {
		expect(await run(name)).toEqual(said(...output.split('\n').filter((line) => line !== '')));
	});

	test('makes no call while nothing comes, and then wakes up', async () => {
		const name = parties.fresh('idle');
		const [idle, wakes] = [parties.party(runtime, 'idle', name), parties.party('Node', 'wake', name)];
		await idle.line('idle');
		await after(500);
		const before = waitsOfThread(idle.pid);
		await after(2000);
		expect(waitsOfThread(idle.pid)).toEqual(before);
		wakes.send('now\n');
		expect(await idle.finished()).toEqual(said(`idle ${idle.pid}`, 'read 7'));
		expect(await wakes.finished()).toEqual(said());
	});

	test('the doctor finds nothing that fails', async () => {
		const cli = 'node_modules/ringwire/dist/cli/main.js';
		const { status, lines } = await parties.started(runtime, cli, 'doctor', '--json').finished();
		const report: unknown = JSON.parse(lines.join('\n'));
		expect({ status, report }).toMatchObject({ status: 0 });
	});

	checkWorkers(parties, runtime);
});

const denied = `
	import { bytes, defineChannel, openReader } from 'ringwire';
	try {
		openReader(defineChannel({ name: 'denied', codec: bytes() }));
	} catch (error) {
		console.log(error.code, error.message);
	}
`;

test.each([
	{ allowed: [] },
	{ allowed: ['--allow-read'] },
	{ allowed: ['--allow-ffi'] },
	{ allowed: ['--allow-read', '--allow-env', '--allow-sys'] },
])('Deno with the permissions $allowed: the error says which it needs', async ({ allowed }) => {
	parties.project.write({ 'denied.mjs': denied });
	const [deno = ''] = parties.commands.Deno ?? [];
	const command = [deno, 'run', '--no-prompt', ...allowed, 'denied.mjs'];
	const { status, lines } = await new Process(command, parties.project.folder).finished();
	expect(status).toBe(0);
	expect(lines).toEqual([expect.stringMatching(/^ERR_RINGWIRE_UNSUPPORTED .*--allow-ffi.*--allow-read/)]);
});

// The limit of threads does not hold for root. Deno reads in threads, which it keeps for a while: it must have started some before.
const late = `
	import { readFile } from 'node:fs/promises';
	import { defineChannel, openReader } from 'ringwire';
	await Promise.all(Array.from({ length: 16 }, () => readFile('late.mjs')));
	process.stdin.once('data', () => {
		for (const name of ['first', 'second']) {
			try {
				openReader(defineChannel({ name }));
			} catch (error) {
				console.log(error.code, error.message);
			}
		}
		process.stdin.destroy();
	});
	console.log('ready');
`;

test.each(others)(
	'%s without a thread for the event loop: every call throws, and the process exits without an abort',
	async (runtime) => {
		parties.project.write({ 'late.mjs': late });
		const nobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
		const caches = join(parties.project.folder, 'caches');
		mkdirSync(caches, { recursive: true });
		chmodSync(caches, 0o777);
		const environment = ['env', 'XDG_RUNTIME_DIR=', `HOME=${caches}`, `DENO_DIR=${caches}`];
		const [program = '', ...flags] = parties.commands[runtime] ?? [];
		// The checkout may be in a folder that only its owner may enter.
		const copy = join(parties.project.folder, runtime);
		copyFileSync(program, copy);
		const command = [...nobody, ...environment, copy, ...flags, 'late.mjs'];
		const started = new Process(command, parties.project.folder);
		await started.line('ready');
		const limit = [...nobody, 'prlimit', `--pid=${started.pid}`, '--nproc=1:1'];
		expect(await new Process(limit, parties.project.folder).finished()).toEqual(said());
		started.send('now\n');
		const refusal = expect.stringMatching(
			/^ERR_RINGWIRE_UNSUPPORTED .*ringwire does not run on .* no event loop to run on$/,
		) as string;
		expect(await started.finished()).toEqual(said('ready', refusal, refusal));
	},
);

for (const other of others) {
	checkPair(parties, other, 'Node');
	checkPair(parties, 'Node', other);
	checkPair(parties, other, other);
}
checkPair(parties, 'Bun', 'Deno');
checkPair(parties, 'Deno', 'Bun');

/** How often the thread that waits for the wait sets has gone to sleep. */
function waitsOfThread(pid: number): string[] {
	const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
	const ours = tasks.filter((task) => readFileSync(`${task}/comm`, 'utf8') === 'ringwire\n');
	expect(ours).toHaveLength(1);
	return ours.map((task) => /^voluntary_ctxt_switches:.*$/m.exec(readFileSync(`${task}/status`, 'utf8'))?.[0] ?? '');
}
