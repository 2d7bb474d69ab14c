/** zeromq.js 6 over ipc, push to pull, with values in the format of a codec, as people write it without ringwire. */
import { join } from 'node:path';
import { poolOf } from '../measure/values.js';
import type { Contestant, Message, Spec } from './types.js';

/** A message of zeromq has one frame or several. */
interface Format {
	pack(message: Message): Uint8Array | [string, Uint8Array];
	unpack(frames: readonly Buffer[]): Message;
}

const formats: Readonly<Record<string, () => Promise<Format>>> = {
	/** As `ringwire/codecs/msgpack` encodes them. */
	async msgpack() {
		const { Packr } = await import('msgpackr');
		const packr = new Packr({ useRecords: false });
		return {
			pack: (message) => packr.pack(message),
			unpack: ([bytes]) => packr.unpack(bytes as Buffer) as Message,
		};
	},
	async protobuf() {
		const [{ create, fromBinary, toBinary }, { orderSchema }] = await Promise.all([
			import('@bufbuild/protobuf'),
			import('./order-schema.js'),
		]);
		return {
			pack: (message) => toBinary(orderSchema, create(orderSchema, message as Record<string, unknown>)),
			unpack: ([bytes]) => fromBinary(orderSchema, bytes as Buffer),
		};
	},
	/** The header as JSON in a frame of its own. */
	async framed() {
		return {
			pack(message) {
				const { header, body } = message as { header: object; body: Buffer };
				return [JSON.stringify(header), body];
			},
			unpack: ([header, body]) => ({ header: JSON.parse(String(header)) as object, body }),
		};
	},
};

const addressOf = ({ folder, name }: Spec) => `ipc://${join(folder, `${name}.zmq`)}`;

function over(format: string): Contestant {
	const load = async () => Promise.all([import('zeromq'), (formats[format] as () => Promise<Format>)()]);
	return {
		name: `zeromq, ${format}`,
		rival: true,
		typed: true,
		async receive(spec, meter) {
			const [{ Pull }, { unpack }] = await load();
			const socket = new Pull();
			await socket.bind(addressOf(spec));
			const loop = async () => {
				for await (const frames of socket) meter.message(unpack(frames));
			};
			void loop();
			return {};
		},
		async send(spec) {
			const [{ Push }, { pack }] = await load();
			const socket = new Push();
			socket.connect(addressOf(spec));
			const pool = poolOf(spec);
			return {
				async send(count) {
					for (let sent = 0; sent < count; sent++) await socket.send(pack(pool.take(sent)));
				},
			};
		},
	};
}

export const typedZeromqs: readonly Contestant[] = ['msgpack', 'protobuf', 'framed'].map(over);
