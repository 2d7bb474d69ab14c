/** Several clients of one server in one process, see test/server-many-clients.test.ts. */
import { connect, defineDuplex, json } from 'ringwire';
import type { Introduction, ManyClientsTask } from '../support/duplex-tasks.js';

const task: ManyClientsTask = JSON.parse(process.argv[2] ?? '');
const lane = { codec: json<Introduction>(), capacity: 64 * 1024, depth: 16 };
const duplex = defineDuplex({ name: task.channel, toServer: lane, toClient: lane });

const connections = await Promise.all(
	task.plans.map(async (plan, client) => {
		const connection = await connect(duplex);
		await connection.writer.write({ process: task.process, client, plan });
		const echo = await connection.reader.read();
		if (echo?.client !== client) throw new Error(`client ${client} got ${JSON.stringify(echo)}`);
		if (plan === 'close') await connection.close();
		return connection;
	}),
);
process.send?.({ type: 'ready' });
process.once('message', () => {
	void Promise.all(connections.map((connection) => connection.close())).then(() => process.disconnect?.());
});
