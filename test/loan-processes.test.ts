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

const places = ['lane', 'pool'] as const;
const ends = (['SIGKILL', 'SIGTERM'] as const).flatMap((signal) => places.map((place) => ({ signal, place })));

test.each(ends)(
	'a process that ends by $signal while a loan in its $place is open has published nothing of it',
	async ({ signal, place }) => {
		const [name, byteLength, count] = [uniqueName(), 300_000, 40];
		const reader = readerOf(defineChannel({ name }), { until: 'closed' });
		const departures: unknown[] = [];
		reader.on('disconnect', ({ reason, ended }) => departures.push([reason, ended]));
		const writer = startProgram('lender', { name, byteLength, count, inPool: place === 'pool' });
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

test.each(places)('messages in the %s of a killed writer are read afterwards', async (place) => {
	const [name, byteLength, count] = [uniqueName(), 300_000, 3];
	const reader = readerOf(defineChannel({ name }), { until: 'closed' });
	const writer = startProgram('lender', { name, byteLength, count, inPool: place === 'pool' });
	await reader.whenConnected();
	await writer.received('lent');
	await writer.kill('SIGKILL');
	for (let message = 0; message < count; message++) {
		expect((await reader.read())?.equals(Buffer.alloc(byteLength, message + 1))).toBe(true);
	}
});

const switches = ['0', '1'].flatMap((value) => places.map((place) => ({ value, place })));

test.each(switches)(
	'with RINGWIRE_NO_EXTERNAL_BUFFERS=$value a loan in the $place is published',
	async ({ value, place }) => {
		process.env.RINGWIRE_NO_EXTERNAL_BUFFERS = value;
		const [name, byteLength, earlier] = [uniqueName(), 300_000, 10];
		const reader = readerOf(defineChannel({ name }));
		const writer = startProgram('loan-memory', { name, byteLength, earlier, inPool: place === 'pool' });
		for (let message = 0; message < earlier; message++) await reader.read();
		expect(await writer.received('lent')).toMatchObject({ isShared: value === '0' });
		expect(await reader.read()).toEqual(Buffer.alloc(byteLength, 1));
		expect(await reader.read()).toBeUndefined();
		expect(await writer.exit).toBe(0);
	},
);
