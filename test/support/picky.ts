import { type Channel, type ChannelSpec, defineChannel, utf8 } from 'ringwire';
import { uniqueName } from './unique-name.js';

/** Texts, of which `bad` cannot be decoded. */
export function picky(spec: Omit<ChannelSpec<string>, 'name' | 'codec'> = {}): Channel<string> {
	const { decode, ...codec } = utf8();
	return defineChannel({
		...spec,
		name: uniqueName(),
		codec: {
			...codec,
			decode(bytes: Buffer) {
				const text = decode(bytes);
				if (text === 'bad') throw new RangeError('a bad message');
				return text;
			},
		},
	});
}
