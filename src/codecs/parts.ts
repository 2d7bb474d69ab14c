import type { Codec } from './types.js';

/** The bytes of a message in two places: the message is `head` followed by `body`. */
export interface MessageParts {
	readonly head: Uint8Array;
	readonly body: Uint8Array;
}

/** Encodes a message without copying its body. */
export type ToParts<in In> = (message: In) => MessageParts;

const known = new WeakMap<object, ToParts<never>>();

/** Records that messages of this very codec can be encoded to parts, which the writer gathers in the ring. */
export function markParts<In>(codec: Codec<In, unknown>, toParts: ToParts<In>): void {
	known.set(codec, toParts);
}

/** Undefined for any other codec, also for one that was made from such a codec. */
export function partsOf<In>(codec: Codec<In, unknown>): ToParts<In> | undefined;
export function partsOf(codec: object): ToParts<never> | undefined {
	return known.get(codec);
}
