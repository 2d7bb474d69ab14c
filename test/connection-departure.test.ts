/** The `disconnect` events of a connection and its two handles, with every kind of consumer on its reader. */
import type { Connection } from 'ringwire';
import { fromChannel } from 'ringwire/observables';
import { createDuplexStream } from 'ringwire/streams';
import { describe, expect, test } from 'vitest';
import { connectedToChild } from './support/connected.js';
import { departuresOf, emittedInOrder } from './support/departures.js';
import { codeOf, turns } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

type See = (message: number) => void;

/** Ways to wait at the reader, and to leave it when the other side is gone. */
const waits: [string, (connection: Connection<number, number>, see: See) => void][] = [
	['a loop', ({ reader }, see) => void codeOf(() => iterate(reader, see))],
	['reads', ({ reader }, see) => void codeOf(() => readAll(reader, see))],
	['an Observable', ({ reader }, see) => void fromChannel(reader).subscribe({ next: see, error: () => {} })],
	[
		'a duplex stream',
		(connection, see) =>
			void createDuplexStream(connection)
				.on('data', see)
				.on('error', () => {}),
	],
];

async function iterate(reader: AsyncIterable<number>, see: See): Promise<void> {
	for await (const message of reader) see(message);
}

async function readAll(reader: Connection<number, number>['reader'], see: See): Promise<void> {
	for (;;) {
		const message = await reader.read();
		if (message === undefined) return;
		see(message);
	}
}

describe.each(waits)('with %s', (_, wait) => {
	test.each(['died', 'closed'] as const)(
		'each emits disconnect once when the peer has %s, the writer first and the reader last',
		async (reason) => {
			const { child, client } = await connectedToChild();
			const events = departuresOf(client);
			const seen: unknown[] = [];
			wait(client, (message) => seen.push(message));
			await child.ask({ do: 'write', from: 0, count: 1 });
			await until(() => seen.length === 1);
			if (reason === 'died') await child.kill();
			else await child.ask({ do: 'dispose' });
			expect(await client.whenClosed()).toBe(reason);
			await until(() => client.reader.closed);
			await turns(5);
			expect(events).toEqual(emittedInOrder(reason));
		},
	);
});
