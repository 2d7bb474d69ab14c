/** The Reader's own signal aborts while its adapter looks for a message or delivers one, so that no call waits. */
import type { Reader } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { fromChannel, latestFrom, sampleFrom } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';
import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { numbers, pairOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

const reason = new Error('mine');

type Fail = (error: unknown) => void;

async function iterate(messages: AsyncIterable<number>, see: () => void): Promise<void> {
	for await (const _ of messages) see();
}

function sample(reader: Reader<number>, next: () => void, error: Fail): void {
	const ticks = new Subject<void>();
	sampleFrom(reader, ticks).subscribe({ next, error });
	const tick = () => {
		ticks.next();
		if (ticks.observed) setImmediate(tick);
	};
	tick();
}

function read(reader: Reader<number>, next: () => void, error: Fail): void {
	createReadStream(reader, { onPeerDeath: 'event' }).on('data', next).on('error', error);
}

const faces: [string, (reader: Reader<number>, next: () => void, error: Fail) => void][] = [
	['fromChannel', (reader, next, error) => void fromChannel(reader).subscribe({ next, error })],
	['latestFrom', (reader, next, error) => void latestFrom(reader).subscribe({ next, error })],
	['sampleFrom', sample],
	['createReadStream', read],
	['a loop', (reader, next, error) => void iterate(reader, next).catch(error)],
	['iterableFrom', (reader, next, error) => void iterate(iterableFrom(reader), next).catch(error)],
];

describe.each(faces)('%s fails with the reason of its reader', (_, begin) => {
	async function begun(next: () => void) {
		const aborting = new AbortController();
		const channel = numbers({ overflow: 'drop-oldest' }); // so that sampleFrom does not wait
		const { writer, reader } = await pairOf(channel, { signal: aborting.signal });
		const failures: unknown[] = [];
		begin(reader, next.bind(undefined), (error) => failures.push(error));
		return { aborting, channel, writer, reader, failures };
	}

	test('that is aborted in its consumer', async () => {
		let abort = () => {};
		const { aborting, writer, failures } = await begun(() => abort());
		abort = () => aborting.abort(reason);
		writer.tryWrite(1);
		await turns(10);
		expect(failures).toEqual([reason]);
	});

	test('that is aborted by a listener, while it looks for a message', async () => {
		const { aborting, channel, reader, failures } = await begun(() => {});
		await turns(2);
		reader.on('disconnect', () => aborting.abort(reason));
		const leaving = writerOf(channel);
		await leaving.whenConnected();
		await turns(2);
		leaving.tryWrite(1);
		leaving[Symbol.dispose]();
		await turns(10);
		expect(failures).toEqual([reason]);
	});
});
