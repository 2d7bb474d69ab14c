import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { defineChannel, json, openReader, openWriter } from 'ringwire';
import { afterAll, describe, expect, it } from 'vitest';
import { cliFile, present, ringwire, ringwireWith } from './support/cli.js';
import { readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
const scratch = mkdtempSync(join(tmpdir(), 'ringwire-cli-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('wrong arguments', () => {
	for (const [args, named] of [
		[[], 'no command'],
		[['wrote'], 'wrote'],
		[['write'], '<name>'],
		[['read', 'one', 'two'], 'two'],
		[['read', 'x', '--foo'], '--foo'],
		[['read', 'x', '--capacity', '64k'], '--capacity'],
		[['read', 'a/b'], 'name'],
		[['read', '..'], 'ERR_RINGWIRE_INVALID_NAME'],
		[['read', 'x'.repeat(65)], 'name'],
		[['read', 'x', '--overflow', 'spill'], 'block, drop-oldest, drop-newest, latest'],
		[['read', 'x', '--overflow'], '--overflow'],
		[['read', 'x', '--from', 'middle'], 'oldest, newest'],
		[['read', 'x', '--writers', '0'], '--writers'],
		[['read', 'x', '--writers', 'all'], '--writers'],
		[['read', 'x', '--writers', '2', '--follow'], '--follow'],
		[['read', 'x', '--wait', 'long'], '--wait'],
		[['read', 'x', '--wait=-1'], '--wait'],
		[['read', 'x', '--codec', 'a', '--codec', 'b'], 'more than once'],
		[['write', 'x', '--capacity', '1000'], 'power of two from 65536 to 1073741824'],
		[['write', 'x', '--capacity', '64q'], '64k, 4m or 1g'],
		[['write', 'x', '--depth', '3'], 'depth'],
		[['write', 'x', '--capacity', '64k', '--message-max', '33k'], '32768'],
		[['list', 'x'], 'x'],
		[['build', 'x'], 'x'],
		[['build', '--keep'], '--keep'],
		[['build', '--nodedir', '/nowhere'], '/nowhere'],
		[['doctor', '--jsn'], '--jsn'],
	] as const) {
		it(`ringwire ${args.join(' ').slice(0, 60)}: status 2, one line that names it, nothing opened`, async () => {
			const { status, output, errors } = await ringwire(...args).ended;
			const [first = '', hint, ...rest] = errors.trimEnd().split('\n');
			expect({ status, output: output.toString() }).toEqual({ status: 2, output: '' });
			expect(first).toContain(named);
			expect([hint, rest]).toEqual(['ringwire: try: ringwire --help', []]);
		});
	}
});

describe('help', () => {
	it('--help names the commands', async () => {
		const { status, output } = await ringwire('--help').ended;
		expect(status).toBe(0);
		for (const word of ['write <name>', 'read <name>', 'list']) expect(output.toString()).toContain(word);
	});

	it('each command has its own help', async () => {
		const { status, output } = await ringwire('write', '--help').ended;
		expect(status).toBe(0);
		for (const word of ['--overflow', '--capacity', '--lines']) expect(output.toString()).toContain(word);
	});

	it('--version prints the version of the package', async () => {
		const { version } = createRequire(import.meta.url)('../package.json');
		const { status, output } = await ringwire('--version').ended;
		expect({ status, text: output.toString() }).toEqual({
			status: 0,
			text: expect.stringContaining(`ringwire/${version}`),
		});
	});
});

describe('a peer that defines the channel differently', () => {
	it('two such commands refuse each other: status 4, and one line with both values', async () => {
		const name = uniqueName();
		const both = [
			ringwireWith('x', 'write', name, '--overflow', 'block'),
			ringwire('read', name, '--overflow', 'latest'),
		];
		for (const { ended } of both) {
			const { status, output, errors } = await ended;
			expect({ status, bytes: output.length }).toEqual({ status: 4, bytes: 0 });
			expect(errors).toMatch(/^ringwire: .*(block.*latest|latest.*block).*ERR_RINGWIRE_MISMATCH\)\n$/);
		}
	});

	it('is only a note for a command that has a peer already', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name);
		const writer = writerOf(defineChannel({ name }));
		await writer.whenConnected();
		const stranger = openWriter(defineChannel({ name, codec: json<number>() }));
		await expect(stranger.whenConnected()).rejects.toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH' });
		await stranger.close();
		await writer.write(Buffer.from('fits'));
		writer.end();
		const { status, output, errors } = await reader.ended;
		expect({ status, text: output.toString() }).toEqual({ status: 0, text: 'fits' });
		expect(errors).toContain('ERR_RINGWIRE_MISMATCH');
	});
});

describe('without a peer', () => {
	for (const command of ['read', 'write'] as const) {
		it(`${command} --wait fails with TIMEOUT: status 1`, async () => {
			const { status, errors } = await ringwire(command, uniqueName(), '--wait', '0.05').ended;
			expect({ status, errors }).toEqual({
				status: 1,
				errors: expect.stringMatching(/^ringwire: .*ERR_RINGWIRE_TIMEOUT\)\n$/),
			});
		});
	}

	it('a peer that connects in time ends --wait', async () => {
		const name = uniqueName();
		const reader = readerOf(defineChannel({ name }));
		const writer = ringwireWith('in time', 'write', name, '--wait', '60');
		expect(Buffer.from((await reader.read()) ?? []).toString()).toBe('in time');
		expect(await reader.read()).toBeUndefined();
		expect(await writer.ended).toMatchObject({ status: 0 });
	});
});

it('a peer that shuts the channel down: status 3 on both sides, because no writer had ended', async () => {
	const name = uniqueName();
	const [reader, writer] = [ringwire('read', name), ringwire('write', name)];
	await Promise.all([present(name, 'reader'), present(name, 'writer')]);
	const third = openReader(defineChannel({ name }));
	await third.whenConnected();
	third.shutdown();
	for (const { ended } of [reader, writer]) {
		expect(await ended).toMatchObject({ status: 3, errors: expect.stringContaining('shut the channel down') });
	}
});

it('a run-time folder that other users can write to is refused with ACCESS: status 1', async () => {
	const before = process.env.RINGWIRE_DIR;
	const open = join(scratch, 'open');
	mkdirSync(open);
	chmodSync(open, 0o777);
	process.env.RINGWIRE_DIR = open;
	try {
		for (const args of [['read', 'x'], ['write', 'x'], ['list']]) {
			expect(await ringwire(...args).ended).toMatchObject({
				status: 1,
				errors: expect.stringMatching(/^ringwire: .*ERR_RINGWIRE_ACCESS/),
			});
		}
	} finally {
		process.env.RINGWIRE_DIR = before;
	}
});

it.skipIf(!existsSync('/usr/bin/script'))('on a terminal there is a line of progress with bytes and rate', async () => {
	const name = uniqueName();
	const file = join(scratch, 'input');
	writeFileSync(file, Buffer.alloc(5_000_000));
	const reader = ringwire('read', name);
	const command = `'${process.execPath}' '${cliFile}' write ${name} < '${file}'`;
	const terminal = spawn('/usr/bin/script', ['-qec', command, '/dev/null']);
	const [stdout, [status]] = await Promise.all([text(terminal.stdout), once(terminal, 'close')]);
	expect(status).toBe(0);
	expect(stdout).toMatch(/5\.00 MB in [\d.]+ s, [\d.]+ [kMG]B\/s/);
	expect((await reader.ended).output.length).toBe(5_000_000);
});
