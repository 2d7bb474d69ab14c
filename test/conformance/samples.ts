import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import {
	bytes,
	type Codec,
	type Framed,
	f64,
	framed,
	json,
	struct,
	structured,
	text as textField,
	utf8,
	validated,
} from 'ringwire';
import { msgpack } from 'ringwire/codecs/msgpack';
import { protobuf } from 'ringwire/codecs/protobuf';
import { z } from 'zod';

/** A codec, with messages made of texts and read back. Texts end with a newline, so that a byte stream can be cut into them again. */
export interface Sample {
	readonly name: string;
	/** All messages have the same length in bytes. */
	readonly hasOneLength: boolean;
	/** Runs a law with the codec; this is how its type stays inside. */
	run<R>(law: <T>(codec: Codec<T>, texts: Texts<T>) => R): R;
}

export interface Texts<T> {
	toMessage(text: string): T;
	toText(message: T): string;
	/** A text whose message has exactly so many bytes when encoded, or up to 16 less. Not for messages of one length. */
	ofLength(byteLength: number): string;
}

/** Padding lies between the fields. The texts of the laws have at most 31 bytes. */
const sized = struct({ text: textField(31), size: f64 });

interface Sized {
	readonly text: string;
	readonly size: number;
}

export const samples: readonly Sample[] = [
	sample<Uint8Array>(
		bytes(),
		(text) => Buffer.from(text),
		(message) => Buffer.from(message).toString(),
		0,
	),
	sample(
		utf8(),
		(text) => text,
		(message) => message,
		0,
	),
	sample(
		json<{ text: string }>(),
		(text) => ({ text }),
		({ text }) => text,
		12,
	),
	sample(
		json({ schema: z.object({ text: z.string() }) }),
		(text) => ({ text }),
		({ text }) => text,
		12,
		'json with a schema',
	),
	sampleOfOneLength<Sized>(sized, toSized, fromSized),
	sampleOfOneLength<Sized>(
		validated(sized, z.object({ text: z.string(), size: z.int() })),
		toSized,
		fromSized,
		'struct with a schema',
	),
	sample<Framed<string, Uint8Array>>(
		framed(utf8()),
		(text) => ({ header: text.slice(0, 3), body: Buffer.from(text.slice(3)) }),
		({ header, body }) => header + Buffer.from(body).toString(),
		8,
	),
	sample(
		msgpack<string>(),
		(text) => text,
		(message) => message,
		3,
	),
	sample<{ value?: string }>(
		protobuf(StringValueSchema),
		(value) => ({ value }),
		({ value = '' }) => value,
		4,
	),
	sample(
		structured<Map<string, string>>(),
		(text) => new Map([['text', text]]),
		(message) => message.get('text') ?? '',
		32,
	),
];

function toSized(text: string): Sized {
	return { text, size: text.length };
}

function fromSized({ text, size }: Sized): string {
	return size === text.length ? text : `a text of ${text.length} characters with the size ${size}`;
}

function sample<T>(
	codec: Codec<T>,
	toMessage: (text: string) => T,
	toText: (message: T) => string,
	overhead: number,
	name: string = codec.id,
): Sample {
	const texts: Texts<T> = {
		toMessage,
		toText,
		// json writes the newline as two characters.
		ofLength: (byteLength) => `${'x'.repeat(byteLength - overhead - 1)}\n`,
	};
	return { name, hasOneLength: false, run: (law) => law(codec, texts) };
}

function sampleOfOneLength<T>(
	codec: Codec<T>,
	toMessage: (text: string) => T,
	toText: (message: T) => string,
	name: string = codec.id,
): Sample {
	const ofLength = () => {
		throw new Error(`the messages of "${name}" have one length`);
	};
	return { name, hasOneLength: true, run: (law) => law(codec, { toMessage, toText, ofLength }) };
}
