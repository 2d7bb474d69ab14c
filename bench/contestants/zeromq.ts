/** zeromq.js 6 over ipc: push to pull, publish to subscribers, and a pair for round trips. Each send is waited for, as it asks. */
import { join } from 'node:path';
import { Pool } from '../measure/payload.js';
import type { Contestant, Spec } from './types.js';

const load = () => import('zeromq');
const addressOf = (spec: Spec, index = 0) => `ipc://${join(spec.folder, `${spec.name}-${index}.zmq`)}`;
/** So large that a subscriber of a trial does not lose anything: a publisher drops at this mark. */
const neverDrop = 0;

export const zeromq: Contestant = {
	name: 'zeromq',
	rival: true,
	async receive(spec, meter, { index }) {
		const { Pull, Subscriber } = await load();
		const socket = spec.readers > 1 ? new Subscriber({ receiveHighWaterMark: neverDrop }) : new Pull();
		if (socket instanceof Subscriber) socket.subscribe();
		await socket.bind(addressOf(spec, index));
		const loop = async () => {
			for await (const [message] of socket) if (message !== undefined) meter.message(message);
		};
		void loop();
		return {};
	},
	async send(spec) {
		const { Push, Publisher } = await load();
		const pool = new Pool(spec.size);
		const socket = spec.readers > 1 ? new Publisher({ sendHighWaterMark: neverDrop }) : new Push();
		for (let index = 0; index < spec.readers; index++) socket.connect(addressOf(spec, index));
		// Subscriptions follow the handshake, and no event reports them.
		if (spec.readers > 1) await new Promise((resolve) => setTimeout(resolve, 300));
		return {
			async send(count) {
				for (let sent = 0; sent < count; sent++) await socket.send(pool.take(sent));
			},
		};
	},
	async echo(spec) {
		const { Pair } = await load();
		const socket = new Pair();
		await socket.bind(addressOf(spec));
		const loop = async () => {
			for await (const [message] of socket) await socket.send(message ?? null);
		};
		void loop();
		return {};
	},
	async call(spec) {
		const { Pair } = await load();
		const socket = new Pair();
		socket.connect(addressOf(spec));
		const pool = new Pool(spec.size);
		let number = 0;
		return {
			async call() {
				await socket.send(pool.take(number++));
				await socket.receive();
			},
		};
	},
};
