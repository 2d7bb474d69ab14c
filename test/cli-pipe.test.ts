import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineChannel, json, listChannels, openReader, openWriter, utf8 } from 'ringwire';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { cliFile, present, ringwire, ringwireWith } from './support/cli.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

const folder = useTemporaryFolder();
const scratch = mkdtempSync(join(tmpdir(), 'ringwire-cli-'));
afterAll(() => rmSync(scratch, { recursive: true }));

afterEach(() => {
	// A killed process cannot clean up; the next listing does.
	expect(listChannels()).toEqual([]);
	expect(readdirSync(folder)).toEqual([]);
});

const random = randomBytes(20_000_000);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('write and read as a pipe', () => {
	it('20 MB arrive unchanged when the reader is opened first', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name);
		await present(name, 'reader');
		const writer = ringwireWith(random, 'write', name);
		expect(await writer.ended).toMatchObject({ status: 0, errors: '' });
		const { status, output, errors } = await reader.ended;
		expect({ status, errors, sha: sha256(output) }).toEqual({ status: 0, errors: '', sha: sha256(random) });
	});

	it('20 MB arrive unchanged when the writer is opened first', async () => {
		const name = uniqueName();
		const writer = ringwireWith(random, 'write', name, '--capacity', '64k', '--depth', '4');
		await present(name, 'writer');
		const reader = ringwire('read', name);
		const { status, output, errors } = await reader.ended;
		expect({ status, errors, sha: sha256(output) }).toEqual({ status: 0, errors: '', sha: sha256(random) });
		expect(await writer.ended).toMatchObject({ status: 0, errors: '' });
	});

	it('files on both ends: write NAME < file, read NAME > file', async () => {
		const name = uniqueName();
		const [source, copy] = [join(scratch, 'source'), join(scratch, 'copy')];
		writeFileSync(source, random);
		const run = (stdio: ['ignore' | number, 'ignore' | number, 'inherit'], ...args: string[]) =>
			once(spawn(process.execPath, [cliFile, ...args], { stdio }), 'close');
		const both = await Promise.all([
			run(['ignore', openSync(copy, 'w'), 'inherit'], 'read', name),
			run([openSync(source, 'r'), 'ignore', 'inherit'], 'write', name),
		]);
		expect(both.map(([status]) => status)).toEqual([0, 0]);
		expect(sha256(readFileSync(copy))).toBe(sha256(random));
	});

	it('a file arrives from where its descriptor stands, through a ring that is smaller than it', async () => {
		const name = uniqueName();
		const source = join(scratch, 'rest');
		writeFileSync(source, random);
		const file = openSync(source, 'r');
		readSync(file, Buffer.alloc(1000));
		const reader = ringwire('read', name);
		const args = [cliFile, 'write', name, '--capacity', '64k'];
		const writer = spawn(process.execPath, args, { stdio: [file, 'ignore', 'inherit'] });
		const [status] = await once(writer, 'close');
		const { output } = await reader.ended;
		expect([status, sha256(output)]).toEqual([0, sha256(random.subarray(1000))]);
	});

	it('a pipe that is faster than its reader is held back, and loses nothing', async () => {
		const name = uniqueName();
		const reader = openReader(defineChannel({ name }));
		const writer = ringwireWith(random, 'write', name, '--capacity', '64k', '--depth', '4');
		const hash = createHash('sha256');
		let messages = 0;
		for await (const message of reader) {
			hash.update(message);
			if (++messages % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		}
		expect(hash.digest('hex')).toBe(sha256(random));
		expect(await writer.ended).toMatchObject({ status: 0, errors: '' });
	});

	it('an empty input arrives as an empty output', async () => {
		const name = uniqueName();
		const [reader, writer] = [ringwire('read', name), ringwireWith('', 'write', name)];
		expect(await writer.ended).toMatchObject({ status: 0 });
		expect(await reader.ended).toMatchObject({ status: 0, output: Buffer.alloc(0) });
	});

	it('two readers get everything each', async () => {
		const name = uniqueName();
		const readers = [ringwire('read', name), ringwire('read', name)];
		const writer = ringwire('write', name);
		await present(name, 'writer', 2);
		writer.child.stdin.end(random);
		for (const reader of readers) expect(sha256((await reader.ended).output)).toBe(sha256(random));
		expect(await writer.ended).toMatchObject({ status: 0 });
	});
});

describe('--lines', () => {
	const text = 'one\n\nthree äöü\nlast without newline';

	it('one message a line, and a newline after each', async () => {
		const name = uniqueName();
		const reader = openReader(defineChannel({ name, codec: utf8() }));
		const writer = ringwireWith(text, 'write', name, '--lines');
		const lines = [];
		for await (const line of reader) lines.push(line);
		expect(lines).toEqual(text.split('\n'));
		expect(await writer.ended).toMatchObject({ status: 0 });
	});

	it('a program and a command with the same codec id are linked', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--lines', '--codec', 'json');
		const writer = openWriter(defineChannel({ name, codec: json<object>() }));
		await writer.write({ a: 1 });
		await writer.write({ b: [2, 3] });
		writer.end();
		expect(await reader.ended).toMatchObject({ status: 0, output: Buffer.from('{"a":1}\n{"b":[2,3]}\n') });
		await writer.close();
	});

	it('twenty thousand lines in order through a small lane', async () => {
		const name = uniqueName();
		const lines = Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join('');
		const reader = ringwire('read', name, '--lines');
		const writer = ringwireWith(lines, 'write', name, '--lines', '--depth', '16');
		expect((await reader.ended).output.toString()).toBe(lines);
		expect(await writer.ended).toMatchObject({ status: 0 });
	});

	it('an invalid or too long line is an error, and the reader fails as incomplete', async () => {
		for (const [input, args, code] of [
			['{"good":1}\n{bad\n', ['--codec', 'json'], 'ERR_RINGWIRE_ENCODE'],
			[`short\n${'x'.repeat(5000)}\n`, ['--message-max', '4k'], 'ERR_RINGWIRE_TOO_LARGE'],
			[`short\n${'x'.repeat(5000)}`, ['--message-max', '4k'], 'ERR_RINGWIRE_TOO_LARGE'],
		] as const) {
			const name = uniqueName();
			const reader = ringwire('read', name, '--lines', ...(args[0] === '--codec' ? args : []));
			const writer = ringwireWith(input, 'write', name, '--lines', ...args);
			const { status, errors } = await writer.ended;
			expect({ status, errors }).toEqual({ status: 1, errors: expect.stringContaining(code) });
			expect(errors.trimEnd().split('\n')).toHaveLength(1);
			expect(await reader.ended).toMatchObject({ status: 3, output: Buffer.from(`${input.split('\n')[0]}\n`) });
		}
	});
});

describe('when the other side leaves or dies', () => {
	it('a writer killed while a full batch is left to print: the reader does not wait for more', async () => {
		const name = uniqueName();
		const done = (role: 'writer' | 'reader', messages: number) =>
			until(() =>
				listChannels().some(({ endpoints }) =>
					endpoints.some((it) => it.role === role && it.messages === messages),
				),
			);
		const reader = ringwire('read', name, '--lines');
		reader.child.stdout.pause();
		const writer = ringwire('write', name, '--lines');
		// The reader stands still while it prints this, as its output is not read.
		writer.child.stdin.write(`${'x'.repeat(2_000_000)}\n`);
		await done('reader', 1);
		// Of these it reads the first, and then all others in one go. Behind them is the death.
		writer.child.stdin.write('y\n'.repeat(1 + 1024));
		await done('writer', 1 + 1025);
		writer.child.kill('SIGKILL');
		await writer.ended;
		reader.child.stdout.resume();
		const { status, output, errors } = await reader.ended;
		expect({ status, errors }).toEqual({ status: 3, errors: expect.stringContaining('died') });
		expect(output.toString().trimEnd().split('\n')).toHaveLength(1026);
	});

	it('a writer killed with SIGKILL: the reader prints everything that arrived and exits with 3', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name);
		const writer = ringwire('write', name);
		writer.child.stdin.write(random.subarray(0, 5_000_000));
		await reader.printed(5_000_000);
		writer.child.stdin.write(random.subarray(5_000_000));
		writer.child.kill('SIGKILL');
		const { status, output, errors } = await reader.ended;
		expect({ status, errors }).toEqual({
			status: 3,
			errors: expect.stringMatching(/died.*\(ERR_RINGWIRE_PEER_DIED\)\n$/),
		});
		expect(output.length).toBeGreaterThanOrEqual(5_000_000);
		expect(output.equals(random.subarray(0, output.length))).toBe(true);
	});

	it('a writer that is stopped by Ctrl-C exits with 130, and its reader with 3', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name);
		const writer = ringwire('write', name);
		writer.child.stdin.write('begun');
		await reader.printed(5);
		writer.child.kill('SIGINT');
		expect(await writer.ended).toMatchObject({ status: 130, errors: '' });
		expect(await reader.ended).toMatchObject({
			status: 3,
			errors: expect.stringContaining('left without end()'),
		});
	});

	it('a reader killed with SIGKILL: the writer exits with 3', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name);
		const writer = ringwire('write', name);
		writer.child.stdin.write(random);
		await reader.printed(1);
		reader.child.kill('SIGKILL');
		expect(await writer.ended).toMatchObject({
			status: 3,
			errors: expect.stringMatching(/died.*\(ERR_RINGWIRE_PEER_DIED\)\n$/),
		});
	});

	it('one of two readers killed: the other one gets everything, and the writer exits with 3', async () => {
		const name = uniqueName();
		const [killed, reader] = [ringwire('read', name), ringwire('read', name)];
		const writer = ringwire('write', name);
		await present(name, 'writer', 2);
		writer.child.stdin.write(random.subarray(0, 1000));
		await killed.printed(1000);
		killed.child.kill('SIGKILL');
		await killed.ended;
		writer.child.stdin.end(random.subarray(1000));
		expect(sha256((await reader.ended).output)).toBe(sha256(random));
		expect(await writer.ended).toMatchObject({ status: 3 });
	});

	it('a closed standard output ends the reader without a message, and the writer exits with 3', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name);
		const writer = ringwireWith(random, 'write', name);
		await reader.printed(1);
		reader.child.stdout.destroy();
		expect(await reader.ended).toMatchObject({ status: 0, errors: '' });
		expect(await writer.ended).toMatchObject({ status: 3, errors: expect.stringContaining('left before') });
	});

	it('--writers N ends when so many writers have ended, one after the other', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--writers', '2');
		expect(await ringwireWith('one ', 'write', name).ended).toMatchObject({ status: 0 });
		expect(await ringwireWith('two', 'write', name).ended).toMatchObject({ status: 0 });
		const { status, output, errors } = await reader.ended;
		expect({ status, text: output.toString(), errors }).toEqual({ status: 0, text: 'one two', errors: '' });
	});

	it('--writers N waits on after a writer with another codec was refused', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--writers', '2');
		expect(await ringwireWith('one ', 'write', name).ended).toMatchObject({ status: 0 });
		const stranger = openWriter(defineChannel({ name, codec: json<number>() }));
		await expect(stranger.whenConnected()).rejects.toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH' });
		await stranger.close();
		expect(await ringwireWith('two', 'write', name).ended).toMatchObject({ status: 0 });
		const { status, output, errors } = await reader.ended;
		expect({ status, text: output.toString() }).toEqual({ status: 0, text: 'one two' });
		expect(errors).toMatch(/^ringwire: .*\(ERR_RINGWIRE_MISMATCH\)\n$/);
	});

	it('--writers N waits for another writer in place of one that died, and exits with 3', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--writers', '1');
		const killed = ringwire('write', name);
		killed.child.stdin.write('half ');
		await reader.printed(5);
		killed.child.kill('SIGKILL');
		await killed.ended;
		expect(await ringwireWith('whole', 'write', name).ended).toMatchObject({ status: 0 });
		const { status, output, errors } = await reader.ended;
		expect({ status, text: output.toString() }).toEqual({ status: 3, text: 'half whole' });
		expect(errors).toMatch(/died without end\(\)\n.*died without end\(\) \(ERR_RINGWIRE_PEER_DIED\)\n$/);
	});

	it('--follow exits with 0 after a shutdown, and notes a writer with another codec', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--follow');
		const stranger = openWriter(defineChannel({ name, codec: json<number>() }));
		await expect(stranger.whenConnected()).rejects.toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH' });
		await stranger.close();
		const writer = openWriter(defineChannel({ name }));
		await writer.write(Buffer.from('fits'));
		await reader.printed(4);
		writer.shutdown();
		const { status, errors } = await reader.ended;
		expect({ status, errors }).toEqual({ status: 0, errors: expect.stringContaining('ERR_RINGWIRE_MISMATCH') });
	});

	it('--follow stays when a writer dies, and prints the next one', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--follow');
		for (const text of ['first ', 'second ']) {
			const writer = ringwire('write', name);
			const before = reader.output().length;
			writer.child.stdin.write(text);
			await reader.printed(before + text.length);
			writer.child.kill('SIGKILL');
			await writer.ended;
		}
		const last = ringwireWith('last', 'write', name);
		await reader.printed('first second last'.length);
		expect(await last.ended).toMatchObject({ status: 0 });
		reader.child.kill('SIGINT');
		const { status, errors } = await reader.ended;
		expect(status).toBe(130);
		expect(errors.match(/died without end\(\)/g)).toHaveLength(2);
	});
});

describe('Ctrl-C without a peer', () => {
	for (const command of ['read', 'write'] as const) {
		for (const [signal, status] of [
			['SIGINT', 130],
			['SIGTERM', 143],
		] as const) {
			it(`${command} exits with ${status} after ${signal} and leaves no file`, async () => {
				const name = uniqueName();
				const waiting = ringwire(command, name);
				await present(name, command === 'read' ? 'reader' : 'writer');
				waiting.child.kill(signal);
				expect(await waiting.ended).toMatchObject({ status, errors: '' });
				expect(readdirSync(folder)).toEqual([]);
			});
		}
	}
});

describe('policies that do not wait', () => {
	it('drop-oldest writes without a reader', async () => {
		const writer = ringwireWith(random, 'write', uniqueName(), '--overflow', 'drop-oldest');
		expect(await writer.ended).toMatchObject({ status: 0, errors: '' });
	});

	it('drop-newest without a reader prints the number of dropped messages', async () => {
		const lines = '1\n2\n3\n4\n5\n';
		const writer = ringwireWith(
			lines,
			'write',
			uniqueName(),
			'--overflow',
			'drop-newest',
			'--depth',
			'2',
			'--lines',
		);
		expect(await writer.ended).toMatchObject({
			status: 0,
			errors: 'ringwire: 5 messages dropped\n',
		});
	});

	it('a reader of drop-oldest prints its losses, and its messages are in order', async () => {
		const name = uniqueName();
		const reader = ringwire('read', name, '--overflow', 'drop-oldest', '--lines');
		const channel = defineChannel({ name, codec: utf8(), overflow: 'drop-oldest', depth: 2 });
		const writer = openWriter(channel);
		await writer.whenConnected();
		// In one go: the reader cannot take any of them before the lane has gone round many times, or it is very fast.
		writer.tryWriteBatch(Array.from({ length: 1000 }, (_, i) => `${i}`));
		writer.end();
		await writer.close();
		const { status, output, errors } = await reader.ended;
		const numbers = output.toString().trimEnd().split('\n').map(Number);
		const lost = Number(/(\d+) messages? lost/.exec(errors)?.[1] ?? 0);
		expect(status).toBe(0);
		expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
		expect(numbers.at(-1)).toBe(999);
		expect(numbers.length + lost).toBe(1000);
	});

	it('--quiet suppresses notes', async () => {
		const args = ['--overflow', 'drop-newest', '--depth', '2', '--lines', '--quiet'];
		const writer = ringwireWith('1\n2\n3\n', 'write', uniqueName(), ...args);
		expect(await writer.ended).toMatchObject({ status: 0, errors: '' });
	});
});
