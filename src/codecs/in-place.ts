import type { Codec } from './types.js';

type Encoding<In> = Codec<In, unknown>;
type Decoding<Out> = Codec<never, Out>;

/** The part of a codec whose `encodeInto` may be used. */
export type EncodesInPlace<In> = Required<Pick<Encoding<In>, 'encodeInto'>>;
/** The part of a codec whose `decodeFrom` may be used: its messages never share memory with the bytes that they were decoded from. */
export type DecodesInPlace<Out> = Required<Pick<Decoding<Out>, 'decodeFrom'>>;

/** Whether messages may be encoded by `encodeInto`. */
export function encodesInPlace<In>(codec: Encoding<In>): codec is Encoding<In> & EncodesInPlace<In> {
	return belongsTo(codec, 'encodeInto', 'encode');
}

/** Whether messages may be decoded by `decodeFrom`. */
export function decodesInPlace<Out>(codec: Decoding<Out>): codec is Decoding<Out> & DecodesInPlace<Out> {
	return belongsTo(codec, 'decodeFrom', 'decode');
}

/**
 * Adds the methods in place to a built-in codec and freezes it. They are not enumerable: an object that is made by spreading the codec has a method
 * of its own instead of `encode` or `decode`, which these methods would bypass.
 */
export function withInPlace<In, Out>(
	codec: Codec<In, Out>,
	methods: Pick<Codec<In, Out>, 'encodeInto' | 'decodeFrom'>,
): Codec<In, Out> {
	for (const [name, value] of Object.entries(methods)) Object.defineProperty(codec, name, { value });
	return Object.freeze(codec);
}

/** Whether the object has the method in place, and it is not one of a prototype whose plain method the object overrides. */
function belongsTo(codec: object, inPlace: string, plain: string): boolean {
	for (let at: object | null = codec; at !== null; at = Reflect.getPrototypeOf(at)) {
		if (Object.hasOwn(at, inPlace)) return typeof Reflect.get(codec, inPlace) === 'function';
		if (Object.hasOwn(at, plain)) return false;
	}
	return false;
}
