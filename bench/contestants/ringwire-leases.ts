/** Messages that are made in shared memory and used there: loans in a lane or in a pool, and leases. */
import { createPool, openReader, openWriter, type Pool } from 'ringwire';
import { poolOf } from '../measure/values.js';
import { channelOf } from './ringwire-channel.js';
import type { Contestant, Meter, Receiving, Sending, Spec } from './types.js';

const inLane = (spec: Spec) => sendLoans(spec, undefined);
/** With as much room as the lane has. */
const inPool = (spec: Spec) => sendLoans(spec, createPool({ bytes: Math.max(4 * 1024 * 1024, 4 * spec.size) }));

async function sendLoans(spec: Spec, pool: Pool | undefined): Promise<Sending> {
	const writer = openWriter(channelOf(spec), { pool });
	await writer.whenConnected(spec.readers);
	const messages = poolOf(spec);
	return {
		async send(count) {
			for (let sent = 0; sent < count; sent++) {
				const loan = writer.tryLoan(spec.size) ?? (await writer.loan(spec.size));
				// Every byte is made anew, with the content that the other contestants send.
				const like = messages.take(sent) as Uint8Array;
				loan.bytes.fill(like[1] ?? 0);
				loan.bytes[0] = loan.bytes[spec.size - 1] = like[0] ?? 0;
				loan.commit();
			}
		},
	};
}

async function receiveLeases(spec: Spec, meter: Meter): Promise<Receiving> {
	const reader = openReader(channelOf(spec));
	const loop = async () => {
		for (;;) {
			const lease = reader.tryLease() ?? (await reader.lease());
			if (lease === undefined) return;
			meter.message(lease.bytes);
			lease.release();
		}
	};
	void loop();
	return {};
}

export const ringwireLeases: readonly Contestant[] = [
	{ name: 'loans to leases', send: inLane, receive: receiveLeases },
	{ name: 'loans in a pool to leases', send: inPool, receive: receiveLeases },
];
