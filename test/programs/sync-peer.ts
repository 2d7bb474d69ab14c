/** One of two processes that block on each other, see test/sync-processes.test.ts. */
import { setInterval } from 'node:timers';
import {
	type Connection,
	connect,
	defineChannel,
	defineDuplex,
	json,
	listen,
	openReader,
	openWriter,
	RingwireError,
} from 'ringwire';
import type { SyncReport, SyncTask } from '../support/duplex-tasks.js';

const task: SyncTask = JSON.parse(process.argv[2] ?? '');
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 4 };
const received: number[] = [];
const timeouts = { write: 0, read: 0 };
let sent = 0;

function timedOut(call: () => void): boolean {
	try {
		call();
		return false;
	} catch (error) {
		if (error instanceof RingwireError && error.code === 'ERR_RINGWIRE_TIMEOUT') return true;
		throw error;
	}
}

async function meet(): Promise<Connection<number, number>> {
	const duplex = defineDuplex({ name: task.channel, toServer: lane, toClient: lane });
	if (task.role === 'client') return connect(duplex);
	const server = listen(duplex);
	for await (const connection of server) return connection;
	throw new Error('the server was closed');
}

/** Both fill their lanes first; then each writes and reads in turn, blocking a little in either. */
function mutual({ writer, reader }: Connection<number, number>): void {
	while (!timedOut(() => writer.writeSync(sent, { timeoutMs: 20 }))) sent++;
	timeouts.write++;
	while (sent < task.count || received.length < task.count) {
		if (sent < task.count) {
			if (timedOut(() => writer.writeSync(sent, { timeoutMs: 5 }))) timeouts.write++;
			else sent++;
		}
		const waits = sent < task.count ? 0 : 1000;
		const timedOutReading = timedOut(() => {
			const message = reader.readSync({ timeoutMs: waits });
			if (message !== undefined) received.push(message);
		});
		if (timedOutReading) timeouts.read++;
	}
}

/** Never returns to the event loop between its two channels. */
function ask(): void {
	const questions = openWriter(defineChannel({ name: `${task.channel}-questions`, ...lane }));
	const answers = openReader(defineChannel({ name: `${task.channel}-answers`, ...lane }));
	for (; sent < task.count; sent++) {
		questions.writeSync(sent);
		received.push(answers.readSync() ?? Number.NaN);
	}
	questions[Symbol.dispose]();
	answers[Symbol.dispose]();
}

function answer(): void {
	const questions = openReader(defineChannel({ name: `${task.channel}-questions`, ...lane }));
	const answers = openWriter(defineChannel({ name: `${task.channel}-answers`, ...lane }));
	for (; sent < task.count; sent++) {
		received.push(questions.readSync() ?? Number.NaN);
		answers.writeSync((received.at(-1) ?? Number.NaN) + 1);
	}
	// The last answer must have been read before this one leaves the lane.
	void answers.flush().then(() => answers[Symbol.dispose]());
	questions[Symbol.dispose]();
}

async function run(): Promise<void> {
	if (task.does === 'ask') return ask();
	if (task.does === 'answer') return answer();
	const connection = await meet();
	process.send?.({ type: 'connected' });
	if (task.does === 'hold') {
		setInterval(() => {}, 1000);
		await new Promise((resolve) => process.once('message', resolve));
		connection[Symbol.dispose]();
		return;
	}
	if (task.does === 'mutual') mutual(connection);
	if (task.does === 'read') while (connection.reader.readSync() !== undefined);
	if (task.does === 'write') for (; ; sent++) connection.writer.writeSync(sent);
	await connection.close();
}

let code: string | null = null;
try {
	await run();
} catch (error) {
	code = error instanceof RingwireError ? error.code : String(error);
}
const report: SyncReport = { type: 'done', code, sent, received, timeouts };
process.send?.(report, () => process.exit(0));
