/** Between two threads of one process: MessagePort and BroadcastChannel. Neither has backpressure: the receiver acknowledges bursts. */
import { BroadcastChannel, MessageChannel, type MessagePort, parentPort } from 'node:worker_threads';
import { Pool } from '../measure/payload.js';
import { poolOf } from '../measure/values.js';
import type { Contestant, Message, Spec } from './types.js';

/** So much is on its way at most, twice. */
const burstBytes = 1024 * 1024;
const burstOf = (spec: Spec) => Math.max(1, Math.min(1024, Math.floor(burstBytes / spec.size)));

interface Line {
	post(message: Message): void;
	onMessage(take: (message: Message) => void): void;
}

function portLine(port: MessagePort): Line {
	return { post: (message) => port.postMessage(message), onMessage: (take) => port.on('message', take) };
}

function broadcastLine(spec: Spec): Line {
	const channel = new BroadcastChannel(spec.name);
	return {
		post: (message) => channel.postMessage(message),
		onMessage: (take) => {
			channel.onmessage = (event: unknown) => take((event as { data: Message }).data);
		},
	};
}

interface Lines {
	receiver(spec: Spec, worker: import('node:worker_threads').Worker | undefined): Promise<Line>;
	sender(spec: Spec): Promise<Line>;
}

const ports: Lines = {
	async receiver(_spec, worker) {
		const { port1, port2 } = new MessageChannel();
		worker?.postMessage({ port: port2 }, [port2]);
		return portLine(port1);
	},
	sender: () =>
		new Promise((resolve) => {
			parentPort?.once('message', ({ port }: { port: MessagePort }) => resolve(portLine(port)));
		}),
};

const broadcasts: Lines = {
	receiver: async (spec) => broadcastLine(spec),
	sender: async (spec) => broadcastLine(spec),
};

function between(name: string, lines: Lines): Contestant {
	return {
		name,
		rival: true,
		place: 'threads',
		typed: true,
		async receive(spec, meter, { partner }) {
			const line = await lines.receiver(spec, partner.worker);
			line.onMessage((message) => {
				if (typeof message === 'string') line.post(message);
				else meter.message(message);
			});
			return {};
		},
		async send(spec) {
			const line = await lines.sender(spec);
			const pool = poolOf(spec);
			const burst = burstOf(spec);
			let unanswered = 0;
			let answered = () => {};
			line.onMessage(() => {
				unanswered--;
				answered();
			});
			return {
				async send(count) {
					for (let sent = 0; sent < count; sent++) {
						line.post(pool.take(sent));
						if (sent % burst !== burst - 1) continue;
						line.post('acknowledge');
						unanswered++;
						while (unanswered > 1) await new Promise<void>((resolve) => (answered = resolve));
					}
				},
			};
		},
		async echo(spec, { partner }) {
			const line = await lines.receiver(spec, partner.worker);
			line.onMessage((message) => line.post(message));
			return {};
		},
		async call(spec) {
			const line = await lines.sender(spec);
			const pool = new Pool(spec.size);
			let number = 0;
			let answered = () => {};
			line.onMessage(() => answered());
			return {
				call: () =>
					new Promise((resolve) => {
						answered = resolve;
						line.post(pool.take(number++));
					}),
			};
		},
	};
}

export const messagePort = between('MessagePort (threads)', ports);
export const broadcastChannel = between('BroadcastChannel (threads)', broadcasts);
