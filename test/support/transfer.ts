/** Whether the language can move memory that is not V8's. Node 20 cannot: `structuredClone` makes a copy of it. */
export const canTransfer = 'transfer' in ArrayBuffer.prototype;

/** Moves the memory of `bytes` to another ArrayBuffer. */
export function transferred({ buffer }: Buffer): ArrayBuffer {
	if (!(buffer instanceof ArrayBuffer)) throw new TypeError('shared memory');
	const transfer: unknown = Reflect.get(buffer, 'transfer');
	return typeof transfer === 'function' ? transfer.call(buffer) : structuredClone(buffer, { transfer: [buffer] });
}
