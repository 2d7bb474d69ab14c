import { createHash } from 'node:crypto';
import { createReadStream, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SingleBar } from 'cli-progress';
import { Child } from './child.js';
import { bold, type Check, line, median, megabytes } from './print.js';
import type { Settings } from './settings.js';
import type { ReceiverSays, SenderSays, Transfer } from './transfer.js';
import type { Transport } from './transports.js';

const transports = ['channel', 'unix socket'] as const satisfies readonly Transport[];
const routes = ['from disk to disk', 'from memory to memory'] as const;
type Route = (typeof routes)[number];

interface Outcome {
	readonly transport: Transport;
	readonly route: Route;
	readonly bytesPerSecond: number;
}

/** Moves the file again and again between the same two processes, on both ways in turn, so that they share the machine's good and bad moments. */
export async function filePart(folder: string, { file, rounds }: Settings): Promise<Check[]> {
	const { size } = statSync(file);
	const sender = new Child<SenderSays, Transfer>('the sender', 'file-sender');
	const receiver = new Child<ReceiverSays, Transfer>('the receiver', 'file-receiver');
	line(`${file}, ${megabytes(size)}, goes from process ${sender.pid} to process ${receiver.pid}:`);
	line();
	line('   sender     pipeline(fs.createReadStream(file), createWriteStream(channel))');
	line('   receiver   pipeline(createReadStream(channel), fs.createWriteStream(copy))');
	line();

	const progress = new TransferProgress(rounds * transports.length * routes.length * size);
	receiver.on(progress.listener);
	const hash = await sha256(file);
	const outcomes: Outcome[] = [];
	const hashes = new Set<string>();
	for (let round = 1; round <= rounds; round++) {
		for (const route of routes) {
			for (const transport of transports) {
				const copy = route === 'from disk to disk' ? join(folder, 'copy') : undefined;
				const address = transport === 'channel' ? 'demo-file' : join(folder, 'socket');
				progress.begin(`round ${round} of ${rounds}, ${transport}, ${route}`);
				receiver.tell({ transport, address, file, copy });
				await receiver.hears('ready');
				sender.tell({ transport, address, file, copy });
				const [{ begunAtMs }, { endedAtMs, bytes }] = await Promise.all([
					sender.hears('sent'),
					receiver.hears('received'),
				]);
				if (bytes !== size) throw new Error(`${bytes} bytes of ${size} arrived`);
				outcomes.push({ transport, route, bytesPerSecond: (size / (endedAtMs - begunAtMs)) * 1000 });
				progress.end(size);
				if (copy === undefined) continue;
				hashes.add(await sha256(copy));
				rmSync(copy);
			}
		}
	}
	progress.stop();
	await Promise.all([sender.ended(), receiver.ended()]);

	const arrived = [...hashes].join(', ');
	line(`SHA-256 of the file           ${hash}`);
	line(`SHA-256 of what was written   ${arrived}`);
	line();
	printTable(outcomes);
	line();
	line(
		`Medians of ${rounds} rounds. In the first row reading and writing the file take most of the time on either way; in the`,
	);
	line(
		'second one only the two pipelines and what is between them count. Starting, connecting and hashing are never part of it.',
	);
	return [
		{ what: 'what arrived is what was sent', good: arrived === hash, details: `${rounds} times on either way` },
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

async function sha256(file: string): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
	return hash.digest('hex');
}

/** One bar over all transfers. Where there is no terminal, a line for each. */
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

	readonly listener = (message: ReceiverSays): void => {
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
