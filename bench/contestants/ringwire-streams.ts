/** The stream faces of ringwire, and pipelines through them and, as the rival, through a unix socket. */
import { once } from 'node:events';
import { appendFileSync, existsSync, createReadStream as openFile, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openReader } from 'ringwire';
import { createReadStream, createWriteStream } from 'ringwire/streams';
import { Pool } from '../measure/payload.js';
import { channelOf, openConnected, raw } from './ringwire-channel.js';
import type { Contestant, Meter, Spec } from './types.js';

type Source = (spec: Spec, count: number) => Readable;

/** One endless stream of objects. The end of a stream would be part of the measured time. */
const objectStream: Contestant = {
	name: 'object stream',
	async receive(spec, meter) {
		const sink = sinkOf((message) => meter.message(message), true);
		void pipeline(createReadStream(channelOf(spec, spec.name, raw)), sink);
		return {};
	},
	async send(spec) {
		const stream = createWriteStream(channelOf(spec, spec.name, raw));
		await stream.writer.whenConnected();
		const pool = new Pool(spec.size);
		return {
			async send(count) {
				for (let sent = 0; sent < count; sent++)
					if (!stream.write(pool.take(sent))) await once(stream, 'drain');
			},
		};
	},
};

const nameOf = (spec: Spec, run: number) => `${spec.name}-${run}`;

/** A pipeline from end to end a run: connected before, so that only the bytes and the end are timed. */
function channelPipeline(name: string, sourceOf: Source): Contestant {
	return {
		name,
		bytesOnly: true,
		receive: async (spec, meter) => ({
			expect: (count, run) => {
				if (sourceOf === fromFile) growFile(spec, count);
				void pipeline(createReadStream(channelOf(spec, nameOf(spec, run))), byteSink(meter));
			},
		}),
		send: async (spec) => ({
			async send(count, run) {
				const writer = await openConnected(channelOf(spec, nameOf(spec, run)), 1);
				await pipeline(sourceOf(spec, count), createWriteStream(writer));
			},
		}),
	};
}

function socketPipeline(name: string, sourceOf: Source): Contestant {
	return {
		name,
		rival: true,
		bytesOnly: true,
		async receive(spec, meter) {
			const server = createServer((socket: Socket) => void pipeline(socket, byteSink(meter)));
			await once(server.listen(join(spec.folder, spec.name)), 'listening');
			return { expect: (count) => (sourceOf === fromFile ? growFile(spec, count) : undefined) };
		},
		send: async (spec) => ({
			async send(count) {
				const socket = connect(join(spec.folder, spec.name));
				await once(socket, 'connect');
				await pipeline(sourceOf(spec, count), socket);
			},
		}),
	};
}

/** The limit for a pipeline of a file: the sender reads it, discards the bytes, and reports when it is done. */
const fileAlone: Contestant = {
	name: 'the file alone',
	bytesOnly: true,
	receive: async (spec, meter) => ({
		expect: async (count, run) => {
			growFile(spec, count);
			void whenTold(spec, run).then(() => {
				const pool = new Pool(spec.size);
				for (let number = 0; number < count; number++) meter.piece(pool.take(number));
			});
		},
	}),
	send: async (spec) => ({
		async send(count, run) {
			const writer = await openConnected(channelOf(spec, nameOf(spec, run)), 1);
			await pipeline(
				fromFile(spec, count),
				sinkOf(() => {}, false),
			);
			await writer.write(Buffer.alloc(1));
			await writer.close();
		},
	}),
};

async function whenTold(spec: Spec, run: number): Promise<void> {
	const reader = openReader(channelOf(spec, nameOf(spec, run)));
	await reader.read();
	await reader.close();
}

const fromFile: Source = (spec, count) =>
	openFile(join(spec.folder, fileName), { highWaterMark: 64 * 1024, end: count * spec.size - 1 });

const fileName = 'large.data';

/** Makes the file that long, before the time runs; it is read from the kernel's cache then. */
function growFile(spec: Spec, count: number): void {
	const path = join(spec.folder, fileName);
	const length = existsSync(path) ? statSync(path).size : 0;
	const pool = new Pool(spec.size);
	for (let number = Math.floor(length / spec.size); number < count; number++) appendFileSync(path, pool.take(number));
}

const fromMemory: Source = (spec, count) => {
	const pool = new Pool(spec.size);
	return Readable.from(
		(function* () {
			for (let number = 0; number < count; number++) yield pool.take(number);
		})(),
		{ objectMode: false },
	);
};

function byteSink(meter: Meter): Writable {
	return sinkOf((piece) => meter.piece(piece), false);
}

function sinkOf(take: (piece: Uint8Array) => void, objectMode: boolean): Writable {
	return new Writable({
		objectMode,
		write(piece: Uint8Array, _encoding, done) {
			take(piece);
			done();
		},
	});
}

export const ringwireStreams: readonly Contestant[] = [
	objectStream,
	channelPipeline('byte stream', fromMemory),
	channelPipeline('byte stream of a file', fromFile),
	socketPipeline('unix socket stream', fromMemory),
	socketPipeline('unix socket stream of a file', fromFile),
	fileAlone,
];
