/** A peer that is no ringwire at all (a Python script) and scribbles over its own lane while a Node process reads it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bytes, type ChannelEvent, defineChannel, openReader, openWriter } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

const folder = useTemporaryFolder();
const program = fileURLToPath(new URL('programs/hostile-writer.py', import.meta.url));

test.each(['published', 'intent', 'stamp', 'length', 'flags', 'position', 'state', 'all'])(
	'a writer that lies in %s is cut off with CORRUPT after its true messages, and the others go on',
	async (lie) => {
		const channel = defineChannel({ name: uniqueName(), codec: bytes() });
		const reader = openReader(channel);
		const honest = openWriter(channel);
		onTestFinished(() => {
			reader[Symbol.dispose]();
			honest[Symbol.dispose]();
		});
		const events: ChannelEvent[] = [];
		reader.on('error', (event) => events.push(event));
		const gone = new Promise<ChannelEvent>((resolve) => reader.on('disconnect', resolve));

		const liar = spawn('python3', [program, `${folder}/${channel.name}`, channel.codec.id, lie], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		onTestFinished(() => void liar.kill('SIGKILL'));
		const lines = createInterface(liar.stdout)[Symbol.asyncIterator]();
		expect((await lines.next()).value).toBe('linked');
		await reader.whenConnected(2);
		const texts = [String(await reader.read()), String(await reader.read())];
		expect(texts).toEqual(['true', 'true']);

		const exited = once(liar, 'exit');
		liar.stdin.write('lie\n');
		const read: string[] = [];
		const reading = (async () => {
			for await (const message of reader) {
				read.push(String(message));
				if (read.at(-1) === 'last') return;
			}
		})();
		for (let i = 0; i < 100; ++i) await honest.write(Buffer.from(`honest ${i}`));
		expect(await gone).toMatchObject({ type: 'disconnect', reason: 'corrupt', peer: { pid: liar.pid } });
		expect(reader.peers.map(({ pid }) => pid)).toEqual([process.pid]);
		await honest.write(Buffer.from('last'));
		await reading;

		expect(['refused', 'closed']).toContain((await lines.next()).value);
		expect((await exited)[0]).toBe(0);
		expect(events).toMatchObject([{ type: 'error', error: { code: 'ERR_RINGWIRE_CORRUPT' } }]);
		const expected = [...Array.from({ length: 100 }, (_, i) => `honest ${i}`), 'last'];
		expect(read.filter((text) => /^(honest \d+|last)$/.test(text))).toEqual(expected);
	},
);

test.each(['lane', 'time'] as const)(
	'a writer that has overwritten everything before it is read starves neither the others nor timers nor time limits, order: %s',
	async (order) => {
		const channel = defineChannel({ name: uniqueName(), codec: bytes(), overflow: 'drop-oldest' });
		const reader = openReader(channel, { order });
		const honest = openWriter(channel);
		onTestFinished(() => {
			reader[Symbol.dispose]();
			honest[Symbol.dispose]();
		});
		const liar = spawn('python3', [program, `${folder}/${channel.name}`, channel.codec.id, 'ahead'], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		onTestFinished(() => void liar.kill('SIGKILL'));
		const lines = createInterface(liar.stdout)[Symbol.asyncIterator]();
		expect((await lines.next()).value).toBe('linked');
		await reader.whenConnected(2);
		expect([String(await reader.read()), String(await reader.read())]).toEqual(['true', 'true']);

		const lied = new Promise<ChannelEvent>((resolve) => reader.on('lost', resolve));
		const gone = new Promise<ChannelEvent>((resolve) => reader.on('disconnect', resolve));
		liar.stdin.write('lie\n');
		for (let i = 0; i < 100; ++i) {
			await setTimeout(1);
			honest.tryWrite(Buffer.from(`honest ${i}`));
			expect(String(await reader.read())).toBe(`honest ${i}`);
		}
		expect(() => reader.readSync({ timeoutMs: 20 })).toThrow(/there was nothing to read within 20 ms/);
		const reading = reader.read();
		expect(await lied).toMatchObject({ peer: { pid: liar.pid } });
		liar.kill('SIGKILL');
		expect(await gone).toMatchObject({ reason: 'died', peer: { pid: liar.pid } });
		honest.tryWrite(Buffer.from('last'));
		expect(String(await reading)).toBe('last');
	},
);
