import { decodesInPlace, encodesInPlace } from './in-place.js';
import type { Codec } from './types.js';

const guardBytes = 8;
const guardFill = 0xa5;

const exempt = new WeakSet<object>();

/** Exempts a codec of the library whose messages refer to their source. */
export function exemptFromCheck<C extends object>(codec: C): C {
	exempt.add(codec);
	return codec;
}

/**
 * With `RINGWIRE_CHECK_CODECS=1` in the environment, a codec whose methods in place are watched: writing outside of the room, and changing or
 * keeping `source`, is found. Slow, for the tests of a codec. Otherwise the codec itself.
 */
export function checkedCodec<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
	return process.env.RINGWIRE_CHECK_CODECS === '1' && !exempt.has(codec) ? watched(codec) : codec;
}

function watched<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
	return {
		id: codec.id,
		encode: (message) => codec.encode(message),
		decode: (bytes) => codec.decode(bytes),
		...(encodesInPlace(codec)
			? {
					encodeInto(message: In, target: Buffer, start: number) {
						const before = Buffer.from(target.subarray(0, start));
						const end = codec.encodeInto(message, target, start);
						if (before.equals(target.subarray(0, start))) return end;
						throw new RangeError(
							`encodeInto has written before ${start}, its start: those bytes belong to other messages`,
						);
					},
				}
			: {}),
		...(decodesInPlace(codec)
			? {
					decodeFrom(source: Buffer, start: number, end: number) {
						const length = end - start;
						const copy = Buffer.alloc(length + 2 * guardBytes, guardFill);
						source.copy(copy, guardBytes, start, end);
						const before = Buffer.from(copy);
						const message = codec.decodeFrom(copy, guardBytes, guardBytes + length);
						if (!before.equals(copy)) throw new RangeError('decodeFrom has written to its source');
						copy.fill(guardFill); // a message that refers to it does not stay as it is
						return message;
					},
				}
			: {}),
	};
}
