import {
	type Channel,
	type ChannelSpec,
	defineChannel,
	type Overflow,
	openReader,
	openWriter,
	type Writer,
} from 'ringwire';
import { expect, onTestFinished } from 'vitest';
import { countDescriptors, countMappings } from '../support/descriptors.js';
import { turns } from '../support/pair.js';
import { captureUncaught } from '../support/uncaught.js';
import { uniqueName } from '../support/unique-name.js';
import { until } from '../support/until.js';
import type { Consumption, Face } from './face.js';
import type { Sample, Texts } from './samples.js';

/** The subject of a law: a face with a codec and a policy. */
export interface Trial {
	readonly face: Face;
	readonly overflow: Overflow;
	readonly sample: Sample;
}

export interface Law {
	readonly name: string;
	/** Default: to every trial. */
	appliesTo?(trial: Trial): boolean;
	hold(trial: Trial): Promise<void>;
}

const holdsBack = ({ overflow }: Trial) => overflow === 'block' || overflow === 'drop-newest';
/** Nothing is lost as long as the lane is not full. */
const keepsAll = ({ overflow }: Trial) => overflow !== 'latest';
const blocks = ({ overflow }: Trial) => overflow === 'block';

export const laws: readonly Law[] = [
	{
		name: 'messages arrive in the order written, and equal',
		appliesTo: keepsAll,
		hold: (trial) =>
			inScene(trial, {}, async ({ writer, consume, texts }) => {
				const sent = numbered(200);
				const { received, done } = consume();
				await writeAll(writer, sent.map(texts.toMessage));
				writer.end();
				await done;
				expect(received()).toEqual(sent);
			}),
	},
	{
		name: 'the largest message arrives whole, between small ones',
		appliesTo: (trial) => keepsAll(trial) && !trial.sample.hasOneLength,
		hold: (trial) =>
			inScene(trial, { capacity: 64 * 1024 }, async ({ channel, writer, consume, texts }) => {
				const sent = ['before\n', texts.ofLength(channel.messageMax), 'after\n'];
				const { received, done } = consume();
				await writer.whenConnected();
				for (const text of sent) {
					await writer.write(texts.toMessage(text));
					// Two of that size do not fit, and a policy that does not wait would lose one.
					if (trial.overflow !== 'block') await until(() => received().join('').endsWith(text));
				}
				writer.end();
				await done;
				expect(received()).toEqual(sent);
			}),
	},
	{
		name: 'empty messages arrive, or leave no trace in a byte stream',
		appliesTo: (trial) =>
			keepsAll(trial) && ['bytes', 'utf8', 'protobuf google.protobuf.StringValue'].includes(trial.sample.name),
		hold: (trial) =>
			inScene(trial, {}, async ({ writer, consume, texts }) => {
				const sent = ['', 'a\n', '', '', 'b\n', ''];
				const { received, done } = consume();
				await writeAll(writer, sent.map(texts.toMessage));
				writer.end();
				await done;
				expect(received()).toEqual(isByteStream(trial) ? ['a\n', 'b\n'] : sent);
			}),
	},
	{
		name: '3,000 messages arrive, or are told as lost to the last one',
		hold: (trial) =>
			inScene(trial, { depth: 1024 }, async ({ writer, consume, texts, lost }) => {
				const { received, done } = consume();
				await writer.whenConnected();
				for (const [index, text] of numbered(3000).entries()) {
					await writer.write(texts.toMessage(text));
					if (index % 100 === 99) await turns();
				}
				writer.end();
				await done;
				const numbers = received().map(Number);
				expect(numbers.length + lost() + writer.stats.dropped).toBe(3000);
				expect(writer.stats.messages).toBe(3000 - writer.stats.dropped);
				expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
				if (trial.overflow === 'block') expect(numbers.length).toBe(3000);
				if (!holdsBack(trial)) expect(numbers.at(-1)).toBe(2999);
			}),
	},
	{
		name: 'a channel that ends without a message completes',
		hold: (trial) =>
			inScene(trial, {}, async ({ writer, consume }) => {
				const { received, done } = consume();
				writer.end();
				await done;
				expect(received()).toEqual([]);
			}),
	},
	{
		name: 'the messages of several writers arrive in the order of each, and the end is that of the last',
		appliesTo: keepsAll,
		hold: (trial) =>
			inScene(trial, {}, async ({ channel, writer: first, consume, texts }) => {
				const writers = [first, opened(openWriter(channel)), opened(openWriter(channel))];
				const { received, done, reader } = consume();
				await reader.whenConnected(3);
				await Promise.all(
					writers.map(async (writer, w) => {
						for (let i = 0; i < 300; i++) {
							await writer.write(texts.toMessage(`${w} ${i}\n`));
							if (i % 50 === w) await turns();
						}
						writer.end();
					}),
				);
				await done;
				const pairs = received().map((text) => text.split(' ').map(Number));
				for (const w of writers.keys()) {
					expect(pairs.filter(([label]) => label === w).map(([, i]) => i)).toEqual([...Array(300).keys()]);
				}
			}),
	},
	{
		name: 'who leaves early leaves nothing behind',
		hold: async (trial) => {
			// Once before: afterwards the process has opened everything that it keeps.
			for (const warm of [true, false]) {
				const before = [countDescriptors(), countMappings()];
				await inScene(trial, {}, async ({ writer, consume, texts }) => {
					const consumption = consume();
					await writeAll(writer, numbered(50).map(texts.toMessage));
					await until(() => consumption.count() > 0);
					await consumption.stop();
					expect(consumption.reader.closed).toBe(true);
					await until(() => writer.peers.length === 0);
					await writer.close({ lingerMs: 0 });
				});
				await turns(3);
				if (!warm) expect([countDescriptors(), countMappings()]).toEqual(before);
			}
		},
	},
	{
		name: 'what an early leaver did not take waits for the next reader',
		appliesTo: (trial) => blocks(trial) && trial.face.waits && trial.face.holdsMax === 1,
		hold: (trial) =>
			inScene(trial, {}, async ({ writer, consume, texts, channel }) => {
				const sent = numbered(500);
				await writeAll(writer, sent.map(texts.toMessage));
				let leave = () => {};
				const enough = new Promise<void>((resolve) => {
					leave = resolve;
				});
				const first = consume(async () => {
					if (first.count() < 10) return;
					leave();
					await new Promise(() => {});
				});
				await enough;
				first.stop().catch(() => {});
				await until(() => writer.peers.length === 0);
				const rest = opened(openReader(channel));
				await rest.whenConnected();
				const next = await rest.read();
				expect(next === undefined ? undefined : texts.toText(next)).toBe(sent[10]);
			}),
	},
	{
		name: 'a consumer that stops pulling fills the ring within a bounded number of messages, and gets them all in the end',
		appliesTo: (trial) => blocks(trial) && trial.face.waits,
		hold: (trial) =>
			inScene(trial, { depth: 256, capacity: 64 * 1024 }, async ({ channel, writer, consume, texts }) => {
				let open = () => {};
				const gate = new Promise<void>((resolve) => {
					open = resolve;
				});
				const { received, done } = consume(() => gate);
				await writer.whenConnected();
				const bound = channel.depth + trial.face.holdsMax;
				const text = (index: number) => `${String(index).padStart(30, '0')}\n`;
				let written = 0;
				// It is full when it stays full although the consumer had every opportunity.
				for (let idle = 0; idle < 200 && written <= bound; idle++) {
					while (written <= bound && writer.tryWrite(texts.toMessage(text(written)))) {
						written++;
						idle = 0;
					}
					await turns();
				}
				expect(written).toBeLessThanOrEqual(bound);
				open();
				await writer.write(texts.toMessage(text(written)));
				writer.end();
				await done;
				expect(received()).toEqual(Array.from({ length: written + 1 }, (_, index) => text(index)));
			}),
	},
	{
		name: 'a consumer that throws hurts only itself',
		appliesTo: blocks,
		hold: (trial) =>
			inScene(trial, {}, async ({ channel, writer, consume, texts }) => {
				const uncaught = trial.face.survivesThrow ? captureUncaught() : [];
				const mistake = new Error('the consumer made a mistake');
				const sent = numbered(100);
				const faulty = consume(() => {
					throw mistake;
				});
				const other = opened(openReader(channel));
				await writer.whenConnected(2);
				await writeAll(writer, sent.map(texts.toMessage));
				writer.end();
				const received: string[] = [];
				for await (const message of other) received.push(texts.toText(message));
				expect(received).toEqual(sent);
				if (trial.face.survivesThrow) {
					await faulty.done;
					await until(() => uncaught.length === 100);
					expect(new Set(uncaught)).toEqual(new Set([mistake]));
				} else {
					await expect(faulty.done).rejects.toBe(mistake);
				}
				expect(faulty.reader.closed).toBe(true);
			}),
	},
	{
		name: 'a listener to events that throws does not disturb the messages',
		appliesTo: keepsAll,
		hold: (trial) =>
			inScene(trial, {}, async ({ writer, consume, texts }) => {
				const uncaught = captureUncaught();
				const { received, done, reader } = consume();
				const mistake = new Error('the listener made a mistake');
				for (const type of ['connect', 'end'] as const) {
					reader.on(type, () => {
						throw mistake;
					});
				}
				await writeAll(writer, numbered(20).map(texts.toMessage));
				writer.end();
				await done;
				await turns();
				expect(received()).toEqual(numbered(20));
				expect(uncaught).toEqual([mistake, mistake]);
			}),
	},
	{
		name: 'delivered and lost and dropped make up what was written, with a consumer that is too slow',
		appliesTo: (trial) => !blocks(trial),
		hold: (trial) =>
			inScene(trial, { depth: 16, capacity: 64 * 1024 }, async ({ writer, consume, texts, lost }) => {
				const { received, done } = consume(() => turns());
				await writer.whenConnected();
				for (const [index, text] of numbered(2000).entries()) {
					writer.tryWrite(texts.toMessage(text));
					// A burst is longer than the lane, and what a face holds itself is full now and then, but not always.
					if (index % 40 === 39) await turns(index % 3);
				}
				writer.end();
				await done;
				const { messages, dropped } = writer.stats;
				expect(messages + dropped).toBe(2000);
				expect(received().length + lost()).toBe(messages);
				expect(lost() + dropped).toBeGreaterThan(0);
				const numbers = received().map(Number);
				expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
			}),
	},
];

interface Scene<T> {
	readonly channel: Channel<T>;
	readonly writer: Writer<T>;
	readonly texts: Texts<T>;
	/** Messages that the reader was told to have lost. */
	lost(): number;
	/** Opens a reader and lets the face consume it. */
	consume(take?: () => void | Promise<void>): Consumed;
}

interface Consumed extends Consumption {
	readonly reader: ReturnType<typeof openReader<unknown>>;
	/** Calls of `take`. */
	count(): number;
	/** The texts of the messages; those of a byte stream cut at their newlines. */
	received(): string[];
}

function inScene(
	trial: Trial,
	sizes: Pick<ChannelSpec<unknown>, 'capacity' | 'depth'>,
	act: <T>(scene: Scene<T>) => Promise<void>,
): Promise<void> {
	return trial.sample.run((codec, texts) => {
		const channel = defineChannel({ name: uniqueName(), codec, overflow: trial.overflow, ...sizes });
		let lost = 0;
		const consume = (take: () => void | Promise<void> = () => {}): Consumed => {
			const reader = opened(openReader(channel));
			reader.on('lost', ({ count }) => {
				lost += count;
			});
			const taken: string[] = [];
			const { done, stop } = trial.face.consume(reader, (message) => {
				taken.push(texts.toText(message));
				return take();
			});
			const received = () => (isByteStream(trial) ? (taken.join('').match(/[^\n]*\n/g) ?? []) : taken);
			return { reader, done, stop, received, count: () => taken.length };
		};
		return act({ channel, writer: opened(openWriter(channel)), texts, lost: () => lost, consume });
	});
}

function isByteStream({ face, sample }: Trial): boolean {
	return !face.keepsBoundaries && sample.name === 'bytes';
}

function opened<H extends Disposable>(handle: H): H {
	onTestFinished(() => handle[Symbol.dispose]());
	return handle;
}

function numbered(count: number): string[] {
	return Array.from({ length: count }, (_, index) => `${index}\n`);
}

/** With policies that do not wait nothing is lost either: they fit into the lane. */
async function writeAll<T>(writer: Writer<T>, messages: readonly T[]): Promise<void> {
	for (const message of messages) await writer.write(message);
}
