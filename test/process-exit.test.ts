/**
 * `process.exit` in every state: the process ends at once, with that status and without output. Its peers get a disconnect, with
 * reason `closed` for status 0 and `died` for any other. Nothing stays behind.
 */
import { readdirSync } from 'node:fs';
import { openReader, openWriter } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { runCompiled } from './support/compiled.js';
import { numbers, tiny } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

const folder = useTemporaryFolder();

const run = (state: string, name: string, status: number) =>
	runCompiled('test/programs/exiting', state, name, String(status));

const writing = [
	'writer just opened',
	'writer connected',
	'write waits',
	'flush waits',
	'close lingers',
	'whenConnected waits',
	'in encode',
	'in a pipeline',
	'under writeTo',
	'in a signal handler',
	'a worker blocks in writeSync',
];

const reading = [
	'reader just opened',
	'reader connected',
	'read waits',
	'in for await',
	'in a connect listener',
	'in a data listener',
	'in decode',
	'in a Readable',
	'in a subscriber',
	'a worker blocks in readSync',
];

const alone = ['server listens', 'client looks', 'in a connection listener', 'in a request handler'];

/** Of a worker, because the loop of its environment is torn down in order whatever the status. */
const reasonOf = (state: string, status: number) => (status === 0 || state.startsWith('a worker') ? 'closed' : 'died');

describe.each([0, 3])('with %i', (status) => {
	test.concurrent.each(writing)('%s', async (state) => {
		const channel = numbers(tiny);
		await using reader = openReader(channel);
		const told: string[] = [];
		let connected = 0;
		reader.on('connect', () => connected++).on('disconnect', ({ reason }) => told.push(reason));
		expect(await run(state, channel.name, status)).toEqual({ status, output: '', errors: '' });
		await until(() => {
			while (reader.tryRead() !== undefined);
			return told.length === connected;
		});
		expect(told).toEqual(Array(connected).fill(reasonOf(state, status)));
		await reader.close();
		expect(readdirSync(folder)).not.toContain(channel.name);
	});

	test.concurrent.each(reading)('%s', async (state) => {
		const channel = numbers(tiny);
		await using writer = openWriter(channel);
		writer.tryWrite(1);
		const told: string[] = [];
		let connected = 0;
		writer.on('connect', () => connected++).on('disconnect', ({ reason }) => told.push(reason));
		const running = run(state, channel.name, status);
		if (state === 'in a data listener') {
			await writer.whenConnected();
			await writer.write(2);
		}
		expect(await running).toEqual({ status, output: '', errors: '' });
		await until(() => told.length === connected);
		expect(told).toEqual(Array(connected).fill(reasonOf(state, status)));
		await writer.close({ lingerMs: 0 });
		expect(readdirSync(folder)).not.toContain(channel.name);
	});

	test.concurrent.each(alone)('%s', async (state) => {
		const name = uniqueName();
		expect(await run(state, name, status)).toEqual({ status, output: '', errors: '' });
		expect(readdirSync(folder)).not.toContain(name);
	});
});
