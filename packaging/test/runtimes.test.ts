/** Bun and Deno: the laws of the event loop, and the tarball between them, Node and each other. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { laws } from '../../test/programs/event-loop/laws.js';
import { processLaws } from '../../test/programs/event-loop/process-laws.js';
import { Process } from './support/process.js';
import { Project, repository } from './support/project.js';
import { installed } from './support/tools.js';

const user = new Project('runtimes', {
	'party.mjs': readFileSync(repository('packaging/test/programs/party.mjs'), 'utf8'),
});
const [bunArch, denoArch] = process.arch === 'arm64' ? ['aarch64', 'arm64'] : ['x64', 'x64'];
const commands: Record<string, readonly string[]> = { Node: [process.execPath] };

beforeAll(async () => {
	const [packages] = await Promise.all([installed('runtimes'), user.install(['rxjs@7.8.2', 'ix@7.0.0'])]);
	commands.Bun = [`${packages}/@oven/bun-linux-${bunArch}/bin/bun`];
	commands.Deno = [`${packages}/@deno/linux-${denoArch}-glibc/deno`, 'run', '-A'];
});

const started = (runtime: string, ...args: readonly string[]): Process =>
	new Process([...(commands[runtime] ?? []), ...args], user.folder);
const party = (runtime: string, role: string, name: string): Process => started(runtime, 'party.mjs', role, name);
/** Ended by itself, without an error, after these lines. */
const said = (...lines: readonly string[]) => ({ status: 0, lines, errors: '' });
const names = new Map<string, number>();
const fresh = (name: string): string => {
	names.set(name, (names.get(name) ?? 0) + 1);
	return `runtimes-${process.pid}-${name}-${names.get(name)}`;
};

const others = ['Bun', 'Deno'] as const;

describe.each(others)('%s', (runtime) => {
	const main = repository('build/programs/test/programs/event-loop/main.js');
	const run = (law: string) => started(runtime, main, 'addon', law).finished();

	test.each(laws)('$name', async ({ name }) => {
		expect(await run(name)).toEqual(said());
	});
	test.each(processLaws)('$name', async ({ name, output }) => {
		expect(await run(name)).toEqual(said(...output.split('\n').filter((line) => line !== '')));
	});

	test('makes no call while nothing comes, and then wakes up', async () => {
		const name = fresh('idle');
		const [idle, wakes] = [party(runtime, 'idle', name), party('Node', 'wake', name)];
		await idle.line('idle');
		await after(500);
		const before = waitsOfThread(idle.pid);
		await after(2000);
		expect(waitsOfThread(idle.pid)).toEqual(before);
		wakes.send('now\n');
		expect(await idle.finished()).toEqual(said(`idle ${idle.pid}`, 'read 7'));
		expect(await wakes.finished()).toEqual(said());
	});

	test('workers: one reads to the end, another is terminated and leaves with a goodbye', async () => {
		const { status, lines, errors } = await party(runtime, 'workers', fresh('workers')).finished();
		expect({ status, lines, errors }).toEqual(said('terminated closed', 'sum 2001000'));
	});

	test('the doctor finds nothing that fails', async () => {
		const cli = 'node_modules/ringwire/dist/cli/main.js';
		const { status, lines } = await started(runtime, cli, 'doctor', '--json').finished();
		const report: unknown = JSON.parse(lines.join('\n'));
		expect({ status, report }).toMatchObject({ status: 0 });
	});
});

const open = `
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
	user.write({ 'denied.mjs': open });
	const [deno = ''] = commands.Deno ?? [];
	const command = [deno, 'run', '--no-prompt', ...allowed, 'denied.mjs'];
	const { status, lines } = await new Process(command, user.folder).finished();
	expect(status).toBe(0);
	expect(lines).toEqual([expect.stringMatching(/^ERR_RINGWIRE_UNSUPPORTED .*--allow-ffi.*--allow-read/)]);
});

const pairs = [
	...others.flatMap((other) => [
		{ from: other, to: 'Node' },
		{ from: 'Node', to: other },
		{ from: other, to: other },
	]),
	{ from: 'Bun', to: 'Deno' },
	{ from: 'Deno', to: 'Bun' },
];

describe.each(pairs)('from $from to $to', ({ from, to }) => {
	test('iterables, observables, streams and blocking calls get everything, and both processes end by themselves', async () => {
		const name = fresh('faces');
		const [writer, reader] = [party(from, 'write', name), party(to, 'read', name)];
		const sums = JSON.stringify({
			iterable: 2_001_000,
			observable: 2_001_000,
			stream: 2_001_000,
			blocking: 2_001_000,
		});
		expect(await reader.finished()).toEqual(said(sums));
		expect(await writer.finished()).toEqual(said('written'));
	});

	test('requests are answered', async () => {
		const name = fresh('service');
		const [client, server] = [party(from, 'ask', name), party(to, 'serve', name)];
		expect(await client.finished()).toEqual(said('[{"twice":2},{"twice":4},{"twice":6}]'));
		expect(await server.finished()).toEqual(said('serves'));
	});

	test('a process that is killed has died, and what it wrote arrives', async () => {
		const name = fresh('killed');
		const [held, mourner] = [party(from, 'hold', name), party(to, 'mourn', name)];
		await held.line('holds');
		await mourner.line('read 7');
		held.kill();
		expect(await mourner.finished()).toEqual(said('read 7', `died ${held.pid}`));
	});

	test('a process that calls process.exit has closed', async () => {
		const name = fresh('left');
		const [leaver, mourner] = [party(from, 'leave', name), party(to, 'mourn', name)];
		expect(await leaver.finished()).toEqual(said());
		expect(await mourner.finished()).toEqual(said(`closed ${leaver.pid}`));
	});
});

/** How often the thread that waits for the wait sets has gone to sleep. */
function waitsOfThread(pid: number): string[] {
	const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
	const ours = tasks.filter((task) => readFileSync(`${task}/comm`, 'utf8') === 'ringwire\n');
	expect(ours).toHaveLength(1);
	return ours.map((task) => /^voluntary_ctxt_switches:.*$/m.exec(readFileSync(`${task}/status`, 'utf8'))?.[0] ?? '');
}
