/** `process.send` of a child: with `json` bytes go as base64 in a string, with `advanced` as they are. */
import { isControl } from '../measure/control.js';
import { Pool } from '../measure/payload.js';
import { poolOf } from '../measure/values.js';
import type { Contestant } from './types.js';

type Wire = string | Uint8Array;

/** So much is on its way before the sender waits for the pipe to have taken it. */
const burstBytes = 1024 * 1024;

function processSendAs(serialization: 'json' | 'advanced'): Contestant {
	const pack = (message: Uint8Array): Wire =>
		serialization === 'json'
			? Buffer.from(message.buffer, message.byteOffset, message.length).toString('base64')
			: message;
	const unpack = (message: Wire): Uint8Array =>
		typeof message === 'string' ? Buffer.from(message, 'base64') : message;
	const isWire = (message: unknown): message is Wire => !isControl(message);
	return {
		name: `process.send, ${serialization}`,
		rival: true,
		place: 'child',
		serialization,
		typed: serialization === 'advanced',
		async receive(_spec, meter, { partner }) {
			partner.child?.on('message', (message: unknown) => {
				if (isWire(message)) meter.message(unpack(message));
			});
			return {};
		},
		async send(spec) {
			const pool = poolOf(spec);
			const burst = Math.max(1, Math.min(1024, Math.floor(burstBytes / spec.size)));
			return {
				async send(count) {
					for (let sent = 0; sent < count; sent++) {
						// With `advanced` also a value, which goes as it is.
						const message = pack(pool.take(sent) as Uint8Array);
						if (sent % burst < burst - 1 && sent < count - 1) process.send?.(message);
						else
							await new Promise<void>((resolve) =>
								process.send?.(message, undefined, undefined, () => resolve()),
							);
					}
				},
			};
		},
		async echo(_spec, { partner }) {
			partner.child?.on('message', (message: unknown) => {
				if (isWire(message)) partner.child?.send(pack(unpack(message)));
			});
			return {};
		},
		async call(spec) {
			const pool = new Pool(spec.size);
			let number = 0;
			let answered = () => {};
			process.on('message', (message: unknown) => {
				if (!isWire(message)) return;
				unpack(message);
				answered();
			});
			return {
				call: () =>
					new Promise((resolve) => {
						answered = resolve;
						process.send?.(pack(pool.take(number++)));
					}),
			};
		},
	};
}

export const processSend: readonly Contestant[] = [processSendAs('json'), processSendAs('advanced')];
