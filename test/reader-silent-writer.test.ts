/** A writer that was found and does not answer for 10 s: it is stopped, and what it wrote is missing. */
import { finished } from 'node:stream/promises';
import { createReadStream } from 'ringwire/streams';
import { expect, onTestFinished, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { outcomeOf } from './support/outcome.js';
import { numbers, readerOf, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

test('is named in one TIMEOUT event; reads and streams that fail with dead writers fail with it, others go on and do not end', async () => {
	const channel = numbers();
	const child = new ChildPeer();
	await child.ask({ do: 'open writer', name: channel.name });
	await child.ask({ do: 'write', from: 0, count: 3 });
	child.signal('SIGSTOP');
	const patient = readerOf(channel);
	const strict = readerOf(channel, { onPeerDeath: 'error' });
	const stream = createReadStream(channel);
	onTestFinished(() => void stream.destroy());
	const errors: unknown[] = [];
	patient.on('error', ({ error }) => errors.push(error));
	strict.on('error', () => {});
	stream.reader.on('error', () => {});
	const silent = { code: 'ERR_RINGWIRE_TIMEOUT', channel: channel.name, peer: { role: 'writer' } };
	const failed = Promise.all([
		expect(strict.read()).rejects.toMatchObject(silent),
		expect(finished(stream.resume())).rejects.toMatchObject(silent),
	]);
	const read = patient.read();
	await failed;
	await until(() => errors.length > 0);
	expect(errors).toEqual([expect.objectContaining({ code: 'ERR_RINGWIRE_TIMEOUT' })]);
	const other = writerOf(channel);
	other.tryWrite(7);
	other.end();
	expect(await read).toBe(7);
	expect(await outcomeOf(() => patient.read())).toBe('waits');
});
