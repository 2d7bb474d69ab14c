/** Text over Node's own unix socket as people write it: a line a message, of text or of JSON. The reader splits what arrives. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { poolOf } from '../measure/values.js';
import type { Contestant, Message, Spec } from './types.js';

const addressOf = ({ folder, name }: Spec) => join(folder, name);
const isText = ({ form }: Spec) => form === 'text';

export const unixSocketLines: Contestant = {
	name: 'unix socket, lines',
	rival: true,
	typed: true,
	async receive(spec, meter) {
		const take = isText(spec)
			? (line: string) => meter.message(line)
			: (line: string) => meter.message(JSON.parse(line) as Message);
		const server = createServer((socket) => {
			let rest = '';
			socket.setEncoding('utf8').on('data', (piece: string) => {
				const lines = (rest + piece).split('\n');
				rest = lines.pop() ?? '';
				for (const line of lines) take(line);
			});
		});
		await once(server.listen(addressOf(spec)), 'listening');
		return {};
	},
	async send(spec) {
		const socket = connect(addressOf(spec));
		await once(socket, 'connect');
		const pool = poolOf(spec);
		const lineOf = isText(spec)
			? (message: Message) => `${message as string}\n`
			: (message: Message) => `${JSON.stringify(message)}\n`;
		return {
			async send(count) {
				for (let sent = 0; sent < count; sent++) {
					if (!socket.write(lineOf(pool.take(sent)))) await once(socket, 'drain');
				}
			},
		};
	},
};
