/** A refused hello on a stream, and the rule for its end. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { connect, defineChannel, defineDuplex, json, utf8 } from 'ringwire';
import {
	createDuplexStream,
	createReadStream,
	createWebReadable,
	createWebWritable,
	createWriteStream,
} from 'ringwire/streams';
import { describe, expect, it } from 'vitest';
import { accept, clientOf, connected, serverOf } from './support/connected.js';
import { codeOf, numbers, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** The definitions of two sides that do not agree on the codec. */
function mismatched(sizes = {}) {
	const name = uniqueName();
	return {
		numbers: defineChannel({ name, codec: json<number>(), ...sizes }),
		texts: defineChannel({ name, codec: utf8() }),
	};
}

describe('a refused hello, when no other peer is left', () => {
	it('destroys a Readable that waits, and closes its reader', async () => {
		const { numbers, texts } = mismatched();
		const stream = createReadStream(numbers);
		const read = codeOf(() => stream.toArray());
		writerOf(texts).on('error', () => {});
		expect(await read).toBe('ERR_RINGWIRE_MISMATCH');
		await until(() => stream.reader.closed);
	});

	it('destroys a Readable that begins to read later', async () => {
		const { numbers, texts } = mismatched();
		const stream = createReadStream(numbers);
		let refused = false;
		stream.reader.on('error', () => {
			refused = true;
		});
		writerOf(texts).on('error', () => {});
		await until(() => refused);
		await turns(5);
		expect(stream.destroyed).toBe(false);
		expect(await codeOf(() => stream.toArray())).toBe('ERR_RINGWIRE_MISMATCH');
	});

	it('errors a Web readable', async () => {
		const { numbers, texts } = mismatched();
		const read = codeOf(() => createWebReadable(numbers).getReader().read());
		writerOf(texts).on('error', () => {});
		expect(await read).toBe('ERR_RINGWIRE_MISMATCH');
	});

	it.each([
		['an idle Writable', () => {}],
		['a Writable that waits for room', (write: (n: number) => void) => [1, 2, 3].forEach(write)],
		['a Writable whose end waits for a reader', (_write: unknown, end: () => void) => end()],
	])('destroys %s, and closes its writer', async (_, prepare) => {
		const { numbers, texts } = mismatched(tiny);
		const stream = createWriteStream(numbers);
		const ended = codeOf(() => finished(stream));
		prepare(
			(n) => stream.write(n),
			() => stream.end(),
		);
		await turns(3);
		readerOf(texts).on('error', () => {});
		expect(await ended).toBe('ERR_RINGWIRE_MISMATCH');
		expect(stream.writer.closed).toBe(true);
	});

	it('errors a Web writable', async () => {
		const { numbers, texts } = mismatched();
		const writer = createWebWritable(numbers).getWriter();
		const closed = codeOf(() => writer.closed);
		readerOf(texts).on('error', () => {});
		expect(await closed).toBe('ERR_RINGWIRE_MISMATCH');
		expect(await codeOf(() => writer.write(1))).toBe('ERR_RINGWIRE_MISMATCH');
	});

	it('leaves a given reader or writer open that is to stay open', async () => {
		const { numbers, texts } = mismatched();
		const reader = readerOf(numbers);
		const read = codeOf(() => createReadStream(reader, { keepOpen: true }).toArray());
		const stranger = writerOf(texts).on('error', () => {});
		expect(await read).toBe('ERR_RINGWIRE_MISMATCH');
		expect(reader.closed).toBe(false);
		stranger[Symbol.dispose]();
		const writer = writerOf(numbers);
		writer.tryWrite(1);
		writer.end();
		expect(await createReadStream(reader).toArray()).toEqual([1]);
	});
});

describe('a refused hello beside a peer that fits', () => {
	it('is an error event, and a Readable goes on', async () => {
		const { numbers, texts } = mismatched();
		const stream = createReadStream(numbers);
		const good = writerOf(numbers);
		await good.whenConnected();
		const refused = new Promise((resolve) => stream.reader.once('error', ({ error }) => resolve(error.code)));
		const read = stream.toArray();
		writerOf(texts).on('error', () => {});
		expect(await refused).toBe('ERR_RINGWIRE_MISMATCH');
		await turns(5);
		good.tryWrite(1);
		good.end();
		expect(await read).toEqual([1]);
	});

	it('is an error event, and a Writable goes on', async () => {
		const { numbers, texts } = mismatched();
		const stream = createWriteStream(numbers);
		const good = readerOf(numbers);
		await stream.writer.whenConnected();
		const refused = new Promise((resolve) => stream.writer.once('error', ({ error }) => resolve(error.code)));
		readerOf(texts).on('error', () => {});
		expect(await refused).toBe('ERR_RINGWIRE_MISMATCH');
		await turns(5);
		stream.end(1);
		await finished(stream);
		expect([await good.read(), await good.read()]).toEqual([1, undefined]);
	});

	it('is an error of its own connect, and a Duplex of another client goes on', async () => {
		const name = uniqueName();
		const duplex = defineDuplex({ name, toServer: { codec: json<number>() }, toClient: { codec: json<number>() } });
		const server = serverOf(duplex);
		server.on('error', () => {});
		const [client, other] = await Promise.all([clientOf(duplex), accept(server)]);
		const stream = createDuplexStream(client);
		const read = stream.toArray();
		expect(await codeOf(() => connect(defineDuplex({ name, toServer: { codec: utf8() } })))).toBe(
			'ERR_RINGWIRE_MISMATCH',
		);
		other.writer.tryWrite(1);
		other.writer.end();
		stream.end();
		expect(await read).toEqual([1]);
	});
});

describe("with until 'closed'", () => {
	it('a refused hello is only an error event of the reader', async () => {
		const { numbers, texts } = mismatched();
		const stream = createReadStream(numbers, { until: 'closed' });
		const chunks: unknown[] = [];
		stream.on('data', (chunk) => chunks.push(chunk));
		const refused = new Promise((resolve) => stream.reader.once('error', ({ error }) => resolve(error.code)));
		const stranger = writerOf(texts).on('error', () => {});
		expect(await refused).toBe('ERR_RINGWIRE_MISMATCH');
		await turns(10);
		stranger[Symbol.dispose]();
		expect(stream.destroyed).toBe(false);
		writerOf(numbers).tryWrite(1);
		await until(() => chunks.length === 1);
		stream.destroy();
	});

	it.each(['opened by the stream', 'given'])(
		'a reader %s goes on after writers that end, leave and die',
		async (how) => {
			const channel = numbers();
			const options = { until: 'closed' } as const;
			const stream =
				how === 'given' ? createReadStream(readerOf(channel, options)) : createReadStream(channel, options);
			const chunks: unknown[] = [];
			stream.on('data', (chunk) => chunks.push(chunk));
			for (const [index, leave] of ['end', 'close', 'dispose'].entries()) {
				const writer = writerOf(channel);
				await writer.whenConnected();
				writer.tryWrite(index);
				if (leave === 'end') writer.end();
				if (leave === 'dispose') writer[Symbol.dispose]();
				else await writer.close({ lingerMs: 0 });
				await until(() => chunks.length === index + 1 && stream.reader.peers.length === 0);
			}
			await turns(5);
			expect([chunks, stream.destroyed]).toEqual([[0, 1, 2], false]);
			stream.destroy();
		},
	);

	it('a shutdown is its end', async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const stream = createReadStream(channel, { until: 'closed' });
		await writer.whenConnected();
		writer.tryWrite(1);
		writer.shutdown();
		expect(await stream.toArray()).toEqual([1]);
	});

	it("onPeerDeath 'error' fails it all the same", async () => {
		const channel = numbers();
		const writer = writerOf(channel);
		const stream = createReadStream(channel, { until: 'closed', onPeerDeath: 'error' });
		await writer.whenConnected();
		writer.tryWrite(1);
		writer[Symbol.dispose]();
		const chunks: unknown[] = [];
		stream.on('data', (chunk) => chunks.push(chunk));
		const [error] = await once(stream, 'error');
		expect([chunks, error.code]).toEqual([[1], 'ERR_RINGWIRE_PEER_DIED']);
	});

	it('closing the reader by other code is CLOSED', async () => {
		const stream = createReadStream(numbers(), { until: 'closed' });
		stream.resume();
		await turns();
		void stream.reader.close();
		expect(await codeOf(() => finished(stream))).toBe('ERR_RINGWIRE_CLOSED');
	});
});

it('with until { writers: 2 } a Readable ends after the second writer, also when they do not overlap', async () => {
	const channel = numbers();
	const stream = createReadStream(channel, { until: { writers: 2 } });
	const read = stream.toArray();
	for (const n of [1, 2]) {
		const writer = writerOf(channel);
		await writer.whenConnected();
		writer.tryWrite(n);
		writer.end();
		await writer.close({ lingerMs: 0 });
		await until(() => stream.reader.peers.length === 0);
		await turns(3);
		if (n === 1) expect(stream.readableEnded).toBe(false);
	}
	expect(await read).toEqual([1, 2]);
});

describe('keepOpen', () => {
	it('with a Channel is refused, and nothing is opened', () => {
		const channel = numbers();
		const message = /^keepOpen: got true, must be absent with a Channel/;
		expect(() => createReadStream(channel, { keepOpen: true })).toThrow(message);
		expect(() => createWriteStream(channel, { keepOpen: true })).toThrow(message);
		expect(() => createWebReadable(channel, { keepOpen: true })).toThrow(message);
		expect(() => createWebWritable(channel, { keepOpen: true })).toThrow(message);
	});

	it.each([0, null, 'yes'])('is no %o', async (keepOpen) => {
		const { client } = await connected();
		const options = { keepOpen: keepOpen as never };
		expect(() => createReadStream(readerOf(numbers()), options)).toThrow(/^keepOpen: got/);
		expect(() => createWriteStream(writerOf(numbers()), options)).toThrow(/^keepOpen: got/);
		expect(() => createDuplexStream(client, options)).toThrow(/^keepOpen: got/);
	});

	it.each([true, false])(
		'%s: an abort of the signal leaves the given handle open, or closes it',
		async (keepOpen) => {
			const { client } = await connected();
			const [reader, writer] = [readerOf(numbers()), writerOf(numbers())];
			const aborting = new AbortController();
			const options = { keepOpen, signal: aborting.signal };
			const streams = [
				createReadStream(reader, options),
				createWriteStream(writer, options),
				createDuplexStream(client, options),
			];
			const mine = new Error('mine');
			const failures = streams.map((stream) => finished(stream).catch((error: unknown) => error));
			aborting.abort(mine);
			expect(await Promise.all(failures)).toEqual([mine, mine, mine]);
			expect([reader.closed, writer.closed, client.closed]).toEqual(Array(3).fill(!keepOpen));
		},
	);
});
