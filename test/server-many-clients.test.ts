import { randomInt } from 'node:crypto';
import { type Connection, type DepartureReason, defineDuplex, json } from 'ringwire';
import { afterEach, expect, test } from 'vitest';
import { serverOf } from './support/connected.js';
import { countDescriptors, countMappings } from './support/descriptors.js';
import type { Introduction, ManyClientsTask } from './support/duplex-tasks.js';
import { killPrograms, startProgram } from './support/programs.js';
import { randomFrom } from './support/random.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();
afterEach(killPrograms);

const processes = 20;
const clientsEach = 10;

test('200 clients in 20 processes, some of them killed: each departure is emitted once, with its reason', async () => {
	const seed = Number(process.env.RINGWIRE_SEED ?? randomInt(2 ** 32));
	console.log(`RINGWIRE_SEED=${seed}`);
	const random = randomFrom(seed);
	const lane = { codec: json<Introduction>(), capacity: 64 * 1024, depth: 16 };
	const duplex = defineDuplex({ name: uniqueName(), toServer: lane, toClient: lane });
	const before = { descriptors: countDescriptors(), mappings: countMappings() };
	const server = serverOf(duplex, { clientsMax: processes * clientsEach });
	const departures: (Introduction & { reason: DepartureReason })[] = [];
	const serve = async (connection: Connection<Introduction, Introduction>) => {
		const reasons: DepartureReason[] = [];
		connection.on('disconnect', ({ reason }) => reasons.push(reason));
		const introduction = await connection.reader.read();
		if (introduction === undefined) throw new Error('a client did not introduce itself');
		await connection.writer.write(introduction);
		await connection.whenClosed();
		await until(() => reasons.length > 0);
		departures.push(...reasons.map((reason) => ({ ...introduction, reason })));
	};
	server.on('connection', ({ connection }) => void serve(connection));

	const plans = Array.from({ length: processes }, () =>
		Array.from({ length: clientsEach }, () => (random() < 0.3 ? 'close' : 'stay') as Introduction['plan']),
	);
	const programs = plans.map((mine, index) => {
		const task: ManyClientsTask = { channel: duplex.name, process: index, plans: mine };
		return startProgram('many-clients', task);
	});
	await Promise.all(programs.map((program) => program.received('ready')));
	const staying = plans.flat().filter((plan) => plan === 'stay').length;
	await until(() => server.connections.length === staying);

	const doomed = programs.map(() => random() < 0.5);
	await Promise.all(
		programs.map(async (program, index) => {
			await new Promise((resolve) => setTimeout(resolve, random() * 50));
			if (doomed[index]) return program.kill();
			program.child.send('leave');
			await program.exit;
		}),
	);
	await until(() => departures.length === processes * clientsEach);

	for (const { process: index, plan, reason } of departures) {
		expect({ index, plan, reason }).toEqual({
			index,
			plan,
			reason: plan === 'stay' && doomed[index] ? 'died' : 'closed',
		});
	}
	const different = new Set(departures.map(({ process: index, client }) => `${index} ${client}`));
	expect(different.size).toBe(processes * clientsEach);
	expect(server.connections).toEqual([]);
	await server.close();
	await until(() => countDescriptors() === before.descriptors);
	expect(countMappings()).toBe(before.mappings);
});
