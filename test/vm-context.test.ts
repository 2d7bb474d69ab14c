/** Values and code of another realm: a `vm` context, as in Jest, a REPL or a sandbox. */
import { type Context, createContext, runInContext } from 'node:vm';
import { bytes, defineChannel, json, openReader, openWriter, structured } from 'ringwire';
import { createWriteStream } from 'ringwire/streams';
import { expect, test } from 'vitest';
import { numbers, pairOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const realm = (globals: Context) => createContext({ ...globals });

test('bytes of another realm are messages: one, a batch, and in a stream', async () => {
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName() }));
	const other = realm({ writer });
	expect(runInContext('new Uint8Array(1)', other)).not.toBeInstanceOf(Uint8Array);
	expect(runInContext('writer.tryWrite(new Uint8Array([1, 2]))', other)).toBe(true);
	expect(runInContext('writer.tryWriteBatch([new Uint8Array([3]), new Uint8Array([4])])', other)).toBe(2);
	await runInContext('writer.write(new Uint8Array(new ArrayBuffer(8), 2, 3))', other);
	createWriteStream(writer).write(runInContext('new Uint8Array([5])', other));
	const read: number[][] = [];
	while (read.length < 5) read.push([...((await reader.read()) ?? [])]);
	expect(read).toEqual([[1, 2], [3], [4], [0, 0, 0], [5]]);
	expect(() => runInContext('writer.tryWrite([1, 2])', other)).toThrow(
		expect.objectContaining({ code: 'ERR_RINGWIRE_ENCODE' }),
	);
});

test.each([json(), structured()])('objects of another realm are messages: $id', async (codec) => {
	const { writer, reader } = await pairOf(defineChannel<unknown>({ name: uniqueName(), codec }));
	writer.tryWrite(runInContext('({ a: [1, { b: null }], c: "d" })', realm({})));
	expect(await reader.read()).toEqual({ a: [1, { b: null }], c: 'd' });
});

test('code of another realm defines, opens, iterates, listens, and gets errors for wrong arguments', async () => {
	const name = uniqueName();
	const other = realm({ bytes, defineChannel, openReader, openWriter, name });
	const program = `(async () => {
		const channel = defineChannel({ name, codec: bytes() });
		const writer = openWriter(channel, {});
		const events = [];
		const reader = openReader(channel, {}).on('connect', (event) => events.push(event.type));
		await reader.whenConnected(1, {});
		writer.tryWriteBatch([new Uint8Array([1]), new Uint8Array([2])]);
		writer.end();
		const read = [];
		for await (const message of reader) read.push(message[0]);
		await writer.close({ lingerMs: 0 });
		return JSON.stringify({ read, events });
	})()`;
	expect(JSON.parse(await runInContext(program, other))).toEqual({ read: [1, 2], events: ['connect'] });
	expect(() => runInContext('defineChannel({ name: 5 })', other)).toThrow(TypeError);
	expect(() => runInContext('defineChannel({ name, capacity: 3 })', other)).toThrow(RangeError);
});

test('a codec, a signal and a listener of another realm are taken as they are', async () => {
	const codec = runInContext(
		`({ id: 'plain', encode: (n) => new Uint8Array([n]), decode: (bytes) => bytes[0] })`,
		realm({}),
	);
	const abort = new AbortController();
	const channel = { ...numbers(), codec };
	const { writer, reader } = await pairOf(channel, { signal: abort.signal });
	writer.tryWrite(9);
	expect(await reader.read()).toBe(9);
	const pending = reader.read();
	const reason = runInContext('new Error("of another realm")', realm({}));
	abort.abort(reason);
	await expect(pending).rejects.toBe(reason);
});
