/** zeromq.js 6 over ipc, push to pull, with values in MessagePack, as `ringwire/codecs/msgpack` encodes them. */
import { join } from 'node:path';
import { poolOf } from '../values.js';
import type { Contestant, Spec } from './types.js';

async function load() {
	const [{ Pull, Push }, { Packr }] = await Promise.all([import('zeromq'), import('msgpackr')]);
	return { Pull, Push, packr: new Packr({ useRecords: false }) };
}

const addressOf = ({ folder, name }: Spec) => `ipc://${join(folder, `${name}.zmq`)}`;

export const zeromqMsgpack: Contestant = {
	name: 'zeromq, msgpack',
	rival: true,
	typed: true,
	async receive(spec, meter) {
		const { Pull, packr } = await load();
		const socket = new Pull();
		await socket.bind(addressOf(spec));
		const loop = async () => {
			for await (const [message] of socket) if (message !== undefined) meter.message(packr.unpack(message));
		};
		void loop();
		return {};
	},
	async send(spec) {
		const { Push, packr } = await load();
		const socket = new Push();
		socket.connect(addressOf(spec));
		const pool = poolOf(spec);
		return {
			async send(count) {
				for (let sent = 0; sent < count; sent++) await socket.send(packr.pack(pool.take(sent)));
			},
		};
	},
};
