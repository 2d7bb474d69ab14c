/** Workers that are terminated while something is under way which does not block them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { defineChannel, json } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import { runCompiled } from './support/compiled.js';
import { countDescriptors, countMappings } from './support/descriptors.js';
import { readerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

const program = new URL('../build/programs/test/programs/blocked-worker.js', import.meta.url);

test.each(['write', 'flush', 'close'] as const)(
	'in a %s that waits: published messages are delivered, others are not, and nothing is left',
	async (does) => {
		const round = async () => {
			const channel = defineChannel({ name: uniqueName(), codec: json<number>() });
			const reader = readerOf(channel);
			const worker = new Worker(program, { workerData: { name: channel.name, does } });
			onTestFinished(() => void worker.terminate());
			await once(worker, 'message');
			await reader.whenConnected();
			const reasons: string[] = [];
			reader.on('disconnect', ({ reason }) => reasons.push(reason));
			await worker.terminate();
			const read: number[] = [];
			await until(() => {
				read.push(...reader.readBatch());
				return reasons.length > 0;
			});
			expect(read).toEqual([0, 1]);
			expect(reasons).toEqual(['closed']);
			await reader.close();
			return { descriptors: countDescriptors(), mappings: countMappings() };
		};
		await round();
		const before = await round();
		await round();
		expect(await round()).toEqual(before);
	},
);

// A thread that is being terminated accepts neither a value nor an exception; that must not end the process.
test('in the middle of opening, closing and events of peers: the process lives on', async () => {
	const { status, errors } = await runCompiled('test/programs/event-storm', uniqueName(), '120');
	expect(errors).toBe('');
	expect(status).toBe(0);
});
