import { readdirSync } from 'node:fs';
import { connect, connectService, listen, serve } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accept, clientOf, connected, numbersBothWays, serverOf } from './support/connected.js';
import { countDescriptors, countMappings } from './support/descriptors.js';
import { collect, collectUntil, expectToPrint } from './support/lifetime.js';
import { turns } from './support/pair.js';
import { stormService } from './support/storm.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

const folder = useTemporaryFolder();

describe('the process', () => {
	test.each([
		['listen', 'alive'],
		['listen, unref', ''],
		['listen, unref, ref', 'alive'],
		['listen, close', ''],
		['connect', 'alive'],
		['connected', 'alive'],
		['connected, unref', ''],
		['connected, close', ''],
		['the other side closes', ''],
		['both ends', ''],
		['serve, close', ''],
		['request, unref', ''],
	])('%s: %j', (what, expected) => expectToPrint('duplex-lifetime', what, expected));
});

describe('a connection without references', () => {
	test('is closed when it is collected', async () => {
		const duplex = numbersBothWays();
		const server = serverOf(duplex);
		await (async () => void (await connect(duplex)))();
		const other = await accept(server);
		await collectUntil(() => other.closed);
		expect(other.closeReason).toBe('closed');
	});

	test('a client of a service without references stays open while a request is in flight', async () => {
		const service = stormService(uniqueName());
		const server = serve(service, async ({ n }) => {
			for (let i = 0; i < 10; i++) {
				collect();
				await turns(2);
			}
			return n;
		});
		onTestFinished(() => server[Symbol.dispose]());
		const response = await (async () => (await connectService(service)).request({ n: 7, does: 'echo' }))();
		expect(response).toBe(7);
	});

	test('stays open while a read or whenClosed waits, and while it has a listener', async () => {
		for (const keep of ['read', 'listen', 'wait'] as const) {
			const duplex = numbersBothWays();
			const server = serverOf(duplex);
			let told = 0;
			const tell = () => {
				told++;
			};
			await (async () => {
				const connection = await connect(duplex);
				if (keep === 'read') void connection.reader.read().then(tell);
				if (keep === 'listen') connection.on('disconnect', tell);
				if (keep === 'wait') void connection.whenClosed().then(tell);
			})();
			const other = await accept(server);
			for (let i = 0; i < 10; i++) {
				collect();
				await turns(2);
			}
			expect(other.closed).toBe(false);
			await other.close();
			await until(() => told === 1);
		}
	});
});

test('a handle that using has disposed has left', async () => {
	const duplex = numbersBothWays();
	let other: Awaited<ReturnType<typeof clientOf<number, number>>>;
	{
		await using server = listen(duplex);
		other = await clientOf(duplex);
		using connection = await accept(server);
		connection.writer.tryWrite(1);
	}
	expect(await other.reader.read()).toBe(1);
	expect(await other.whenClosed()).toBe('closed');
});

test('nothing stays behind when all handles have left: no name, no descriptor, no mapping', async () => {
	const once = async () => {
		const { server, client } = await connected();
		client.writer.tryWrite(1);
		const service = stormService(uniqueName());
		const serving = serve(service, ({ n }) => n);
		const requester = await connectService(service);
		expect(await requester.request({ n: 1, does: 'echo' })).toBe(1);
		expect(readdirSync(folder).length).toBe(2);
		await requester.close();
		await Promise.all([client.close({ lingerMs: 0 }), server.close(), serving.close()]);
		await turns(5);
	};
	await once();
	const before = { descriptors: countDescriptors(), mappings: countMappings() };
	for (let i = 0; i < 5; i++) await once();
	expect(readdirSync(folder)).toEqual([]);
	expect({ descriptors: countDescriptors(), mappings: countMappings() }).toEqual(before);
});
