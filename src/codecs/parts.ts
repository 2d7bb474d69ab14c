import { types } from 'node:util';
import type { Codec } from './types.js';

/** An encoded message in two places: `head` and `body` behind it. The writer gathers them in the ring. */
export class MessageParts {
	readonly head: Uint8Array;
	readonly body: Uint8Array;

	constructor(head: Uint8Array, body: Uint8Array) {
		this.head = head;
		this.body = body;
	}

	/** In bytes. The `byteLength` of a Buffer would cost 8 ns. */
	get length(): number {
		return this.head.length + this.body.length;
	}
}

/** The bytes of an encoded message, with a copy if they are in two places. */
export function wholeOf(encoded: Uint8Array | MessageParts): Uint8Array {
	return types.isUint8Array(encoded) ? encoded : Buffer.concat([encoded.head, encoded.body]);
}

/** Encodes a message without copying its body. */
export type ToParts<in In> = (message: In) => MessageParts;

const known = new WeakMap<object, ToParts<never>>();

/** Records that messages of this very codec can be encoded to parts. */
export function markParts<In>(codec: Codec<In, unknown>, toParts: ToParts<In>): void {
	known.set(codec, toParts);
}

/** Undefined for any other codec, also for one that was made from such a codec. */
export function partsOf<In>(codec: Codec<In, unknown>): ToParts<In> | undefined;
export function partsOf(codec: object): ToParts<never> | undefined {
	return known.get(codec);
}
