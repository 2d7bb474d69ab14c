/** The codec of each form. */
import { bytes, type Codec, f64, framed, json, struct, structured, text, u32, u64Number, utf8 } from 'ringwire';
import type { Form, Message } from './types.js';

/** 64 bytes. */
const tick = () =>
	struct({
		...{ sequence: u64Number, at: f64, symbol: text(16), bid: f64, ask: f64 },
		...{ bidSize: u32, askSize: u32, venue: u32, flags: u32 },
	});

const codecs: Readonly<Record<Form, () => unknown>> = {
	bytes,
	struct: tick,
	text: utf8,
	json,
	// Their packages take a while to load.
	msgpack: async () => (await import('ringwire/codecs/msgpack')).msgpack(),
	protobuf: async () => {
		const [{ protobuf }, { orderSchema }] = await Promise.all([
			import('ringwire/codecs/protobuf'),
			import('./order-schema.js'),
		]);
		return protobuf(orderSchema);
	},
	structured,
	framed: () => framed(json()),
};

export async function codecOf(form: Form): Promise<Codec<Message>> {
	return (await codecs[form]()) as Codec<Message>;
}
