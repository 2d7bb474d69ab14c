import {
	type Connection,
	connect,
	defineDuplex,
	type LaneSpec,
	listen,
	type Overflow,
	type Reader,
	type Writer,
} from 'ringwire';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useTemporaryFolder } from '../support/temporary-folder.js';
import { uniqueName } from '../support/unique-name.js';
import { samples } from './samples.js';

/** The laws of a channel, for both directions of a connection: each has a policy and a codec of its own. */
useTemporaryFolder();

const overflows = ['block', 'drop-oldest', 'drop-newest', 'latest'] as const satisfies readonly Overflow[];

for (const overflow of overflows) {
	for (const sample of samples) {
		describe(`Connection, ${overflow}, ${sample.name}`, () => {
			it('both directions arrive in the order written and end, delivered + lost = written', () =>
				sample.run(async (codec, { toMessage, toText }) => {
					const { client, server } = await connected({ codec, overflow, capacity: 64 * 1024, depth: 128 });
					const sent = Array.from({ length: 2000 }, (_, i) => `message ${i}\n`);
					const up = collect(server.reader, toText);
					const down = collect(client.reader, toText);
					const written = await Promise.all(
						[client.writer, server.writer].map((writer) => writeAll(writer, sent.map(toMessage))),
					);
					for (const [i, { texts, lost }] of [await up, await down].entries()) {
						expect(texts.length + lost).toBe(written[i]);
						expect(texts).toEqual(sent.filter((text) => texts.includes(text)));
						if (overflow === 'block') expect(texts).toEqual(sent);
						if (overflow !== 'drop-newest') expect(texts.at(-1)).toBe(sent.at(-1));
					}
					expect(await client.whenClosed()).toBe('closed');
					expect(await server.whenClosed()).toBe('closed');
				}));

			if (sample.hasOneLength) return;

			it('the largest message arrives whole, and one larger is refused without harm', () =>
				sample.run(async (codec, { toMessage, toText, ofLength }) => {
					const { client, server } = await connected({ codec, overflow, capacity: 64 * 1024, depth: 128 });
					const largest = ofLength(32 * 1024);
					expect(() => client.writer.tryWrite(toMessage(`${largest}${'.'.repeat(32)}`))).toThrow(
						/TOO_LARGE|too large|larger/i,
					);
					expect(client.writer.tryWrite(toMessage(largest))).toBe(true);
					client.writer.end();
					server.writer.end();
					expect((await collect(server.reader, toText)).texts).toEqual([largest]);
					expect((await collect(client.reader, toText)).texts).toEqual([]);
				}));
		});
	}
}

async function connected<T>(lane: LaneSpec<T>) {
	const duplex = defineDuplex({ name: uniqueName(), toServer: lane, toClient: lane });
	const listening = listen(duplex);
	onTestFinished(() => listening[Symbol.dispose]());
	const accepted = new Promise<Connection<T, T>>((resolve) =>
		listening.once('connection', ({ connection }) => resolve(connection)),
	);
	const client = await connect(duplex);
	return { client, server: await accepted };
}

/** Answers how many messages were accepted. */
async function writeAll<T>(writer: Writer<T>, messages: readonly T[]): Promise<number> {
	await writer.whenConnected();
	for (const message of messages) await writer.write(message);
	const { messages: written } = writer.stats;
	writer.end();
	return written;
}

async function collect<T>(
	reader: Reader<T>,
	toText: (message: T) => string,
): Promise<{ texts: string[]; lost: number }> {
	const texts: string[] = [];
	for await (const message of reader) texts.push(toText(message));
	return { texts, lost: reader.stats.lost };
}
