import { defineChannel } from 'ringwire';
import { afterEach, expect, test } from 'vitest';
import { readerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(async () => {
	await killPrograms();
	delete process.env.RINGWIRE_NO_EXTERNAL_BUFFERS;
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
	'a process that ends by %s while a loan is open has published nothing of it',
	async (signal) => {
		const [name, byteLength, count] = [uniqueName(), 300_000, 40];
		const reader = readerOf(defineChannel({ name }), { until: 'closed' });
		const departures: unknown[] = [];
		reader.on('disconnect', ({ reason, ended }) => departures.push([reason, ended]));
		const writer = startProgram('lender', { name, byteLength, count });
		for (let message = 0; message < count; message++) {
			const read = await reader.read();
			expect(read?.length).toBe(byteLength);
			expect(read?.every((byte) => byte === message + 1)).toBe(true);
		}
		await writer.received('lent');
		await writer.kill(signal);
		while (departures.length === 0) await new Promise(setImmediate);
		expect(departures).toEqual([['died', false]]);
		expect(reader.tryRead()).toBeUndefined();
		expect(reader.stats).toMatchObject({ messages: count, lost: 0 });
	},
);

test.each(['0', '1'])('with RINGWIRE_NO_EXTERNAL_BUFFERS=%s a loan is published', async (value) => {
	process.env.RINGWIRE_NO_EXTERNAL_BUFFERS = value;
	const [name, byteLength, earlier] = [uniqueName(), 300_000, 10];
	const reader = readerOf(defineChannel({ name }));
	const writer = startProgram('loan-memory', { name, byteLength, earlier });
	for (let message = 0; message < earlier; message++) await reader.read();
	expect(await writer.received('lent')).toEqual({ type: 'lent', inLane: value === '0' });
	expect(await reader.read()).toEqual(Buffer.alloc(byteLength, 1));
	expect(await reader.read()).toBeUndefined();
	expect(await writer.exit).toBe(0);
});
