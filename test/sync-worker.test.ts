import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { defineChannel, type Handle, json, openReader, openWriter } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { countDescriptors, countMappings } from './support/descriptors.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

const program = new URL('../build/programs/test/programs/blocked-worker.js', import.meta.url);

async function blocked(does: 'readSync' | 'writeSync') {
	const name = uniqueName();
	const worker = new Worker(program, { workerData: { name, does } });
	onTestFinished(() => void worker.terminate());
	await once(worker, 'message');
	return { worker, channel: defineChannel({ name, codec: json<number>(), capacity: 64 * 1024, depth: 2 }) };
}

describe.each(['readSync', 'writeSync'] as const)('a worker that blocks in %s', (does) => {
	test('can be terminated, and its peers get a disconnect with reason closed', async () => {
		const { worker, channel } = await blocked(does);
		const reader = does === 'readSync' ? undefined : openReader(channel);
		const peer: Handle = reader ?? openWriter(channel);
		onTestFinished(() => peer[Symbol.dispose]());
		// The worker serves this join while it blocks.
		await peer.whenConnected();
		const reasons: string[] = [];
		peer.on('disconnect', ({ reason }) => reasons.push(reason));
		await worker.terminate();
		await until(() => {
			reader?.readBatch(); // its departure is told after its last message
			return reasons.length > 0;
		});
		expect(reasons).toEqual(['closed']);
	});
});

test('terminating blocked workers again and again leaves no descriptor and no mapping behind', async () => {
	const once = async (i: number) => {
		const { worker } = await blocked(i % 2 === 0 ? 'readSync' : 'writeSync');
		await worker.terminate();
		return { descriptors: countDescriptors(), mappings: countMappings() };
	};
	await once(0);
	const before = await once(1);
	for (let i = 0; i < 10; i++) await once(i);
	expect(await once(0)).toEqual(before);
});
