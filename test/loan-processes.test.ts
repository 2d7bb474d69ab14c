import { defineChannel } from 'ringwire';
import { afterEach, expect, test } from 'vitest';
import { readerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(() => killPrograms());

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
