/** A refused hello fails the call that waits, or else the next one, once, when the writer has no peer left to connect to. */
import { type Channel, defineChannel, json, utf8, type Writer } from 'ringwire';
import { describe, expect, test, vi } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { outcomeOf } from './support/outcome.js';
import { fill, readerOf, tiny, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

/** The definitions of two sides that do not agree on the codec. The lane of the numbers is full after two messages. */
function mismatched(): { numbers: Channel<number>; texts: Channel<string> } {
	const name = uniqueName();
	return {
		numbers: defineChannel({ name, codec: json<number>(), ...tiny }),
		texts: defineChannel({ name, codec: utf8() }),
	};
}

/** A writer with a full lane whose only reader has been refused. */
async function refusedWriter(): Promise<{ writer: Writer<number>; channel: Channel<number> }> {
	const { numbers, texts } = mismatched();
	const writer = writerOf(numbers);
	fill(writer);
	let errors = 0;
	writer.on('error', () => errors++);
	readerOf(texts).on('error', () => {});
	await until(() => errors > 0);
	return { writer, channel: numbers };
}

const waits = {
	write: (writer: Writer<number>) => writer.write(7),
	flush: (writer: Writer<number>) => writer.flush(),
	whenConnected: (writer: Writer<number>) => writer.whenConnected(),
};

describe.each(Object.entries(waits))('%s', (_name, wait) => {
	test('that waits rejects with MISMATCH, the next one waits, and the writer stays open', async () => {
		const { numbers, texts } = mismatched();
		const writer = writerOf(numbers);
		fill(writer);
		const pending = wait(writer);
		const other = readerOf(texts);
		other.on('error', () => {});
		await expect(pending).rejects.toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH', channel: numbers.name });
		expect(writer.closed).toBe(false);
		expect(await outcomeOf(() => wait(writer))).toBe('waits');
	});

	test('after the refusal rejects with it, once', async () => {
		const { writer } = await refusedWriter();
		expect(await outcomeOf(() => wait(writer))).toBe('MISMATCH');
		expect(await outcomeOf(() => wait(writer))).toBe('waits');
	});

	test('waits on after the refusal of another reader while one is connected', async () => {
		const { numbers, texts } = mismatched();
		const writer = writerOf(numbers);
		const reader = readerOf(numbers);
		await Promise.all([writer.whenConnected(), reader.whenConnected()]);
		fill(writer);
		const errors: unknown[] = [];
		writer.on('error', ({ error }) => errors.push(error.code));
		const pending = outcomeOf(() => (wait === waits.whenConnected ? writer.whenConnected(2) : wait(writer)));
		readerOf(texts).on('error', () => {});
		await until(() => errors.length > 0);
		expect(await pending).toBe('waits');
		expect(errors).toEqual(['ERR_RINGWIRE_MISMATCH']);
	});
});

test('a message whose write was rejected with a refusal is not written', async () => {
	const { writer, channel } = await refusedWriter();
	expect(await outcomeOf(() => writer.write(7))).toBe('MISMATCH');
	const reader = readerOf(channel);
	expect([await reader.read(), await reader.read()]).toEqual([0, 1]);
	await writer.write(8);
	expect(await reader.read()).toBe(8);
});

test('a call that need not wait does not fail, and leaves the refusal to the next one that waits', async () => {
	const { numbers, texts } = mismatched();
	const writer = writerOf(numbers);
	let errors = 0;
	writer.on('error', () => errors++);
	readerOf(texts).on('error', () => {});
	await until(() => errors > 0);
	await writer.flush();
	await writer.write(1);
	writer.writeSync(2);
	expect(writer.tryWrite(3)).toBe(false);
	expect(await outcomeOf(() => writer.flush())).toBe('MISMATCH');
	expect(await outcomeOf(() => writer.flush())).toBe('waits');
});

describe('writeSync', () => {
	test('throws an earlier refusal, once', async () => {
		const { writer } = await refusedWriter();
		expect(await outcomeOf(() => writer.writeSync(7, { timeoutMs: 0 }))).toBe('MISMATCH');
		expect(await outcomeOf(() => writer.writeSync(7, { timeoutMs: 0 }))).toBe('TIMEOUT');
	});

	test('throws a refusal during its wait, and there is no warning', async () => {
		const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
		const { numbers } = mismatched();
		const writer = writerOf(numbers);
		fill(writer);
		const child = new ChildPeer();
		await child.ask({ do: 'connected' }); // it has started
		const opening = child.ask({ do: 'open reader', name: numbers.name, codec: 'other' });
		expect(() => writer.writeSync(7, { timeoutMs: 30_000 })).toThrow(
			expect.objectContaining({ code: 'ERR_RINGWIRE_MISMATCH' }),
		);
		await opening;
		await turns();
		expect(warn).not.toHaveBeenCalled();
		warn.mockRestore();
	});
});

test('a reader that fits takes a refusal back that no call has failed with', async () => {
	const { writer, channel } = await refusedWriter();
	readerOf(channel);
	await until(() => writer.peers.length > 0);
	expect(await outcomeOf(() => writer.write(7))).toBe('waits');
});

test('all calls that wait are rejected, and there is no warning', async () => {
	const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
	const { numbers, texts } = mismatched();
	const writer = writerOf(numbers);
	fill(writer);
	const calls = [...Object.values(waits), waits.flush, waits.whenConnected];
	const pending = Promise.all(calls.map((wait) => outcomeOf(() => wait(writer))));
	readerOf(texts).on('error', () => {});
	expect(await pending).toEqual(calls.map(() => 'MISMATCH'));
	await turns();
	expect(warn).not.toHaveBeenCalled();
	warn.mockRestore();
});

test('a close that lingers waits on for a reader that fits', async () => {
	const { numbers, texts } = mismatched();
	const writer = writerOf(numbers);
	const count = fill(writer);
	const flushing = writer.flush();
	const closing = writer.close({ lingerMs: 2 ** 31 - 1 });
	readerOf(texts).on('error', () => {});
	await expect(flushing).rejects.toMatchObject({ code: 'ERR_RINGWIRE_MISMATCH' });
	const reader = readerOf(numbers);
	for (let i = 0; i < count; i++) expect(await reader.read()).toBe(i);
	expect(await closing).toEqual({ unread: 0, readers: 1 });
});

test.each(Object.entries(waits))(
	'%s names a reader in another process that does not fit, and goes on with one that does',
	async (_name, wait) => {
		const { numbers } = mismatched();
		const writer = writerOf(numbers);
		fill(writer);
		const pending = wait(writer).catch((error: unknown) => error);
		const child = new ChildPeer();
		await child.ask({ do: 'open reader', name: numbers.name, codec: 'other' });
		expect(await pending).toMatchObject({
			code: 'ERR_RINGWIRE_MISMATCH',
			message: expect.stringContaining('codec'),
			peer: { pid: child.pid, role: 'reader' },
		});
		const again = wait(writer);
		const other = new ChildPeer();
		await other.ask({ do: 'open reader', name: numbers.name });
		expect(await other.ask({ do: 'read', count: 2 })).toEqual([0, 1]);
		await again;
	},
);
