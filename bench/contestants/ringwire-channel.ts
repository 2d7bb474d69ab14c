/** The channels and the writers that all faces of ringwire share. */
import { bytes, type Channel, type Codec, defineChannel, openWriter, type Writer } from 'ringwire';
import { endMark } from '../measure/meter.js';
import { poolOf } from '../measure/values.js';
import { codecOf } from './ringwire-codecs.js';
import type { Me, Message, Sending, Spec } from './types.js';

/** Bytes as they are, but not the codec `bytes()`: so the stream faces treat messages as objects. */
export const raw: Codec<Uint8Array> = { id: 'bench-raw', encode: (message) => message, decode: (copy) => copy };

/** The channel of a contestant that sends bytes. */
export function channelOf(spec: Spec, name = spec.name, codec = bytes() as Codec<Uint8Array>): Channel<Uint8Array> {
	return channelWith(codec, spec, name);
}

/** The channel of a typed contestant. */
export async function typedChannelOf(spec: Spec): Promise<Channel<Message>> {
	return channelWith(await codecOf(spec.form), spec, spec.name);
}

/**
 * All options have their defaults, except that a lane must hold at least two messages. For messages that are too large for that, it has room
 * for four, as a program that sends such messages would choose.
 */
function channelWith<T>(codec: Codec<T>, { overflow, size }: Spec, name: string): Channel<T> {
	const large = size > 256 * 1024 ? { capacity: size * 4, messageMax: size } : {};
	return defineChannel({ name, codec, overflow, ...large });
}

export async function openConnected<T>(channel: Channel<T>, readers: number): Promise<Writer<T>> {
	const writer = openWriter(channel);
	await writer.whenConnected(readers);
	return writer;
}

export async function sendSingly(spec: Spec): Promise<Sending> {
	const writer = await openConnected(await typedChannelOf(spec), spec.readers);
	const pool = poolOf(spec);
	return {
		async send(count) {
			for (let sent = 0; sent < count; sent++) {
				const message = pool.take(sent);
				if (!writer.tryWrite(message) && spec.overflow === 'block') await writer.write(message);
				// Without any wait the loop must still get its turns.
				if (spec.overflow !== 'block' && (sent & 0xfff) === 0xfff) await breath();
			}
			await markEnd(spec, writer);
		},
	};
}

export async function sendBatches(spec: Spec, _me: Me): Promise<Sending> {
	const writer = await openConnected(await typedChannelOf(spec), spec.readers);
	const pool = poolOf(spec);
	return {
		async send(count) {
			for (let sent = 0; sent < count; ) {
				const batch = pool.batch(sent, count - sent);
				const accepted = writer.tryWriteBatch(batch);
				sent += accepted;
				if (accepted < batch.length) {
					await writer.write(pool.take(sent));
					sent += 1;
				}
			}
		},
	};
}

/** For a channel that may lose messages: the last one, which ends the run, always arrives. */
async function markEnd(spec: Spec, writer: Writer<Message>): Promise<void> {
	if (spec.overflow === 'block') return;
	const mark = Buffer.alloc(spec.size, endMark);
	while (!writer.tryWrite(mark)) await breath();
}

const breath = () => new Promise<void>((resolve) => setImmediate(resolve));
