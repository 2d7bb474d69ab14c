import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { bytes, type Codec, type Framed, framed, json, structured, utf8, validated } from 'ringwire';
import { msgpack } from 'ringwire/codecs/msgpack';
import { protobuf } from 'ringwire/codecs/protobuf';
import { z } from 'zod';

/** A codec, with messages made of texts and read back. Texts end with a newline, so that a byte stream can be cut into them again. */
export interface Sample {
	readonly name: string;
	/** Runs a law with the codec; this is how its type stays inside. */
	run<R>(law: <T>(codec: Codec<T>, texts: Texts<T>) => R): R;
}

export interface Texts<T> {
	toMessage(text: string): T;
	toText(message: T): string;
	/** A text whose message has exactly so many bytes when encoded, or up to 16 less. */
	ofLength(byteLength: number): string;
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
		validated(json<{ text: string }>(), z.object({ text: z.string() })),
		(text) => ({ text }),
		({ text }) => text,
		12,
		'json with a schema',
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
	return { name, run: (law) => law(codec, texts) };
}
