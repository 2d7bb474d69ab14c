/** A refused hello fails the call that waits, or else the next one, once, when the reader has no peer left to connect to. */
import { type Channel, defineChannel, json, type Reader, type ReaderOptions, utf8 } from 'ringwire';
import { describe, expect, test, vi } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { outcomeOf } from './support/outcome.js';
import { readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** The definitions of two sides that do not agree on the codec. */
function mismatched(): { numbers: Channel<number>; texts: Channel<string> } {
	const name = uniqueName();
	return {
		numbers: defineChannel({ name, codec: json<number>() }),
		texts: defineChannel({ name, codec: utf8() }),
	};
}

/** A reader whose only writer has been refused. */
async function refusedReader(options?: ReaderOptions): Promise<{ reader: Reader<number>; channel: Channel<number> }> {
	const { numbers, texts } = mismatched();
	const reader = readerOf(numbers, options);
	let errors = 0;
	reader.on('error', () => errors++);
	writerOf(texts).on('error', () => {});
	await until(() => errors > 0);
	return { reader, channel: numbers };
}

const waits = {
	read: (reader: Reader<number>) => reader.read(),
	next: (reader: Reader<number>) => reader.iterate({ keepOpen: true }).next(),
	whenConnected: (reader: Reader<number>) => reader.whenConnected(),
};

describe.each(Object.entries(waits))('%s', (_name, wait) => {
	test('that waits rejects with MISMATCH, the next one waits, and the reader stays open', async () => {
		const { numbers, texts } = mismatched();
		const reader = readerOf(numbers);
		const pending = outcomeOf(() => wait(reader));
		writerOf(texts).on('error', () => {});
		expect(await pending).toBe('MISMATCH');
		expect(reader.closed).toBe(false);
		expect(await outcomeOf(() => wait(reader))).toBe('waits');
	});

	test('after the refusal rejects with it, once', async () => {
		const { reader } = await refusedReader();
		expect(await outcomeOf(() => wait(reader))).toBe('MISMATCH');
		expect(await outcomeOf(() => wait(reader))).toBe('waits');
	});

	test('waits on while a writer that fits is connected', async () => {
		const { numbers, texts } = mismatched();
		const reader = readerOf(numbers);
		const errors: unknown[] = [];
		reader.on('error', ({ error }) => errors.push(error.code));
		writerOf(numbers);
		await reader.whenConnected();
		const pending = outcomeOf(() => (wait === waits.whenConnected ? reader.whenConnected(2) : wait(reader)));
		writerOf(texts).on('error', () => {});
		await until(() => errors.length > 0);
		expect(await pending).toBe('waits');
		expect(errors).toEqual(['ERR_RINGWIRE_MISMATCH']);
	});

	test('is not failed by it where the reader stays until it is closed', async () => {
		const { reader } = await refusedReader({ until: 'closed' });
		expect(await outcomeOf(() => wait(reader))).toBe('waits');
	});
});

test('readSync throws an earlier refusal, once', async () => {
	const { reader } = await refusedReader();
	expect(await outcomeOf(() => reader.readSync({ timeoutMs: 0 }))).toBe('MISMATCH');
	expect(await outcomeOf(() => reader.readSync({ timeoutMs: 0 }))).toBe('TIMEOUT');
});

test('a writer that fits takes a refusal back that no call has failed with', async () => {
	const { reader, channel } = await refusedReader();
	const writer = writerOf(channel);
	await until(() => reader.peers.length > 0);
	writer.tryWrite(7);
	expect(await reader.read()).toBe(7);
	expect(await outcomeOf(() => reader.read())).toBe('waits');
});

test('of two calls that wait both are rejected, and there is no warning', async () => {
	const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
	const { numbers, texts } = mismatched();
	const reader = readerOf(numbers);
	const pending = Promise.all([outcomeOf(() => reader.read()), outcomeOf(() => reader.whenConnected())]);
	const writer = writerOf(texts);
	writer.on('error', () => {});
	expect(await pending).toEqual(['MISMATCH', 'MISMATCH']);
	await turns();
	expect(warn).not.toHaveBeenCalled();
	warn.mockRestore();
});

test('a writer in another process that does not fit is named', async () => {
	const { numbers } = mismatched();
	const reader = readerOf(defineChannel({ name: numbers.name, codec: utf8() }));
	const pending = reader.read().catch((error: unknown) => error);
	const child = new ChildPeer();
	await child.ask({ do: 'open writer', name: numbers.name });
	expect(await pending).toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH', peer: { pid: child.pid, role: 'writer' } });
});
