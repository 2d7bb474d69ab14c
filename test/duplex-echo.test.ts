import { type Connection, connect, defineDuplex, json, listen, utf8 } from 'ringwire';
import { expect, onTestFinished, test } from 'vitest';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

test('the messages of a client come back, each direction with its own codec', async () => {
	const duplex = defineDuplex({
		name: uniqueName(),
		toServer: { codec: json<{ n: number }>() },
		toClient: { codec: utf8(), overflow: 'drop-oldest' },
	});
	const connecting = connect(duplex);
	const server = listen(duplex);
	onTestFinished(() => server[Symbol.dispose]());
	const echo = async ({ reader, writer }: Connection<string, { n: number }>) => {
		for await (const { n } of reader) await writer.write(`got ${n}`);
		writer.end();
	};
	server.on('connection', ({ connection }) => void echo(connection));
	const connection = await connecting;
	expect(connection.peer.role).toBe('server');
	for (let n = 0; n < 10; n++) {
		await connection.writer.write({ n });
		expect(await connection.reader.read()).toBe(`got ${n}`);
	}
	connection.writer.end();
	expect(await connection.reader.read()).toBe(undefined);
	expect(await connection.whenClosed()).toBe('closed');
	// Its own side of the end comes a turn or two later.
	await until(() => server.connections.length === 0);
});

test.each(['closes', 'leaves at once'] as const)(
	'an echo server ends its loop without an error when a client %s',
	async (way) => {
		const codec = json<number>();
		const duplex = defineDuplex({ name: uniqueName(), toServer: { codec }, toClient: { codec } });
		const server = listen(duplex);
		onTestFinished(() => server[Symbol.dispose]());
		const echoed = new Promise((resolve, reject) => {
			server.on('connection', ({ connection: { reader, writer } }) => {
				const echo = async () => {
					for await (const message of reader) await writer.write(message);
					writer.end();
				};
				echo().then(resolve, reject);
			});
		});
		const connection = await connect(duplex);
		await connection.writer.write(1);
		expect(await connection.reader.read()).toBe(1);
		if (way === 'closes') await connection.close();
		else connection[Symbol.dispose]();
		await echoed;
	},
);
