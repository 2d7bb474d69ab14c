import { createHash } from 'node:crypto';
import { createReadStream, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SingleBar } from 'cli-progress';
import { Child } from './child.js';
import { bold, type Check, line, median, megabytes } from './print.js';
import type { Settings } from './settings.js';
import type { ReceiverMessage, SenderMessage, Transfer } from './transfer.js';
import type { Transport } from './transports.js';

const transports = ['channel', 'unix socket'] as const satisfies readonly Transport[];
const routes = ['from disk to disk', 'from memory to memory'] as const;
type Route = (typeof routes)[number];

/** The transfers take about this time at most. On a busy machine they carry a part of the file, once. */
const secondsMax = 5;
const warmUpBytesMax = 4 * 1024 * 1024;

interface Outcome {
	readonly transport: Transport;
	readonly route: Route;
	readonly bytesPerSecond: number;
}

export type FileProcesses = ReturnType<typeof startFileProcesses>;

export function startFileProcesses() {
	return {
		sender: new Child<SenderMessage, Transfer>('the sender', 'file-sender'),
		receiver: new Child<ReceiverMessage, Transfer>('the receiver', 'file-receiver'),
	};
}

/** Throws for a file that cannot be sent. */
export function sizeOf(file: string): number {
	const { size } = statSync(file);
	if (size === 0) throw new Error(`${file} is empty`);
	return size;
}

/** Sends the file repeatedly between the same two processes. The transports alternate, so that both get the machine's slow and fast moments. */
export async function filePart(
	folder: string,
	{ file, rounds }: Settings,
	{ sender, receiver }: FileProcesses,
): Promise<Check[]> {
	const size = sizeOf(file);
	line(`${file}, ${megabytes(size)}, goes from process ${sender.pid} to process ${receiver.pid}:`);
	line();
	line('   sender     pipeline(fs.createReadStream(file), createWriteStream(channel))');
	line('   receiver   pipeline(createReadStream(channel), fs.createWriteStream(copy))');
	line();

	const send = async (transport: Transport, bytes: number, copy?: string): Promise<number> => {
		const address = transport === 'channel' ? 'demo-file' : join(folder, 'socket');
		const transfer: Transfer = { transport, address, file, bytes, copy };
		const ready = receiver.next('ready');
		receiver.send(transfer);
		await ready;
		const [sent, received] = [sender.next('sent'), receiver.next('received')];
		sender.send(transfer);
		const [{ begunAtMs }, { endedAtMs, bytes: arrived }] = await Promise.all([sent, received]);
		if (arrived !== bytes) throw new Error(`${arrived} bytes of ${bytes} arrived`);
		return (bytes / (endedAtMs - begunAtMs)) * 1000;
	};

	const warmUpBytes = Math.min(size, warmUpBytesMax);
	const rates: number[] = [];
	for (const transport of transports) rates.push(await send(transport, warmUpBytes));
	const transfersMax = rounds * transports.length * routes.length;
	const affordable = Math.floor((Math.min(...rates) * secondsMax) / transfersMax);
	const bytes = Math.max(warmUpBytes, Math.min(size, affordable));
	const isBusy = bytes < size;
	const roundsWanted = isBusy ? 1 : rounds;
	if (isBusy) line(`The machine is busy: only the first ${megabytes(bytes)} are sent, and once.`);

	const hash = await sha256(file, bytes);
	const progress = new TransferProgress(roundsWanted * transports.length * routes.length * bytes);
	receiver.on(progress.listener);
	const outcomes: Outcome[] = [];
	const hashes = new Set<string>();
	const begunAt = performance.now();
	let round = 0;
	do {
		round++;
		for (const route of routes) {
			for (const transport of transports) {
				const copy = route === 'from disk to disk' ? join(folder, 'copy') : undefined;
				progress.begin(`round ${round} of ${roundsWanted}, ${transport}, ${route}`);
				outcomes.push({ transport, route, bytesPerSecond: await send(transport, bytes, copy) });
				progress.end(bytes);
				if (copy === undefined) continue;
				hashes.add(await sha256(copy, bytes));
				rmSync(copy);
			}
		}
	} while (round < roundsWanted && performance.now() - begunAt < secondsMax * 1000);
	progress.stop();
	await Promise.all([sender.ended(), receiver.ended()]);

	const arrived = [...hashes].join(', ');
	line(`SHA-256 of the bytes sent      ${hash}`);
	line(`SHA-256 of the bytes written   ${arrived}`);
	line();
	printTable(outcomes);
	line();
	const medians = round === 1 ? 'Figures of one round' : `Medians of ${round} rounds`;
	line(
		`${medians}. From disk to disk, the file system takes most of the time on both transports. From memory to memory,`,
	);
	line('only the pipelines and the transport count. Starting, connecting and hashing are not part of the time.');
	return [
		{
			what: 'the bytes written are the bytes sent',
			good: arrived === hash,
			details: round === 1 ? 'once on each transport' : `${round} times on each transport`,
		},
	];
}

function printTable(outcomes: readonly Outcome[]): void {
	const rate = (route: Route, transport: Transport) =>
		median(outcomes.filter((o) => o.route === route && o.transport === transport).map((o) => o.bytesPerSecond));
	line(bold(`${''.padEnd(24)}${'channel'.padStart(14)}${'unix socket'.padStart(14)}${'ratio'.padStart(9)}`));
	for (const route of routes) {
		const [ours, theirs] = [rate(route, 'channel'), rate(route, 'unix socket')];
		const cells = [ours, theirs].map((value) => `${megabytes(value)}/s`.padStart(14));
		line(`${route.padEnd(24)}${cells.join('')}${(ours / theirs).toFixed(2).padStart(9)}`);
	}
}

async function sha256(file: string, bytes: number): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file, { highWaterMark: 1 << 20, end: bytes - 1 }), hash);
	return hash.digest('hex');
}

/** One bar over all transfers. Without a terminal: one line per transfer. */
class TransferProgress {
	readonly #bar: SingleBar | undefined;
	#before = 0;

	constructor(bytesTotal: number) {
		if (process.stdout.isTTY !== true) return;
		this.#bar = new SingleBar({
			format: '   {bar} {percentage} %  {what}',
			barsize: 24,
			barCompleteChar: '█',
			barIncompleteChar: '░',
			autopadding: true,
			clearOnComplete: true,
			hideCursor: true,
			stream: process.stdout,
		});
		this.#bar.start(bytesTotal, 0, { what: '' });
	}

	begin(what: string): void {
		if (this.#bar === undefined) line(what);
		else this.#bar.update(this.#before, { what });
	}

	readonly listener = (message: ReceiverMessage): void => {
		if (message.type === 'progress') this.#bar?.update(this.#before + message.bytes);
	};

	end(bytes: number): void {
		this.#before += bytes;
		this.#bar?.update(this.#before);
	}

	stop(): void {
		if (this.#bar === undefined) line();
		else this.#bar.stop();
	}
}
