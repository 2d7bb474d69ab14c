/** The standard streams of a child: pipes, in Node a pair of unix sockets. */
import { once } from 'node:events';
import { FramedPool, Unframer } from './framing.js';
import type { Contestant, Me } from './types.js';

export const stdioPipe: Contestant = {
	name: 'stdio pipe',
	rival: true,
	place: 'child',
	stdio: true,
	async receive(_spec, meter, { partner }) {
		const unframer = new Unframer((message) => meter.message(message));
		outOf(partner).on('data', (piece: Buffer) => unframer.push(piece));
		return {};
	},
	async send(spec) {
		const pool = new FramedPool(spec.size);
		return {
			async send(count) {
				for (let sent = 0; sent < count; sent++) {
					if (!process.stdout.write(pool.take(sent))) await once(process.stdout, 'drain');
				}
			},
		};
	},
	async echo(spec, { partner }) {
		const pool = new FramedPool(spec.size);
		let number = 0;
		const unframer = new Unframer(() => partner.child?.stdin?.write(pool.take(number++)));
		outOf(partner).on('data', (piece: Buffer) => unframer.push(piece));
		return {};
	},
	async call(spec) {
		const pool = new FramedPool(spec.size);
		let number = 0;
		let answered = () => {};
		const unframer = new Unframer(() => answered());
		process.stdin.on('data', (piece: Buffer) => unframer.push(piece));
		return {
			call: () =>
				new Promise((resolve) => {
					answered = resolve;
					process.stdout.write(pool.take(number++));
				}),
		};
	},
};

function outOf(partner: Me['partner']) {
	const stream = partner.child?.stdout;
	if (!stream) throw new Error('the child has no standard output');
	return stream;
}
