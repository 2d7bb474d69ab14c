/** A codec that does something to the reader whose message it decodes, and then throws. */
import { defineChannel, type Reader, utf8 } from 'ringwire';
import { expect, test } from 'vitest';
import { pairOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const texts = ['a', 'bad', 'c', 'd'];

/** A reader that has `texts` to read, whose codec does `act` and throws for `bad`. */
async function readerWhoseCodec(act: (reader: Reader<string>) => void): Promise<Reader<string>> {
	const { decode, ...codec } = utf8();
	const picky = {
		...codec,
		decode(bytes: Buffer) {
			const text = decode(bytes);
			if (text !== 'bad') return text;
			act(reader);
			throw new RangeError('a bad message');
		},
	};
	const { writer, reader } = await pairOf(defineChannel({ name: uniqueName(), codec: picky }));
	writer.tryWriteBatch(texts);
	return reader;
}

test('readBatch gives no message twice when it has read on, and tells of the one that cannot be decoded', async () => {
	const nested: unknown[] = [];
	const errors: unknown[] = [];
	const reader = await readerWhoseCodec((self) => nested.push(self.tryRead()));
	reader.on('error', ({ error }) => errors.push(error.code));
	expect([reader.readBatch(), nested, reader.readBatch(), reader.readBatch()]).toEqual([['a'], ['c'], ['d'], []]);
	expect(errors).toEqual(['ERR_RINGWIRE_DECODE']);
	expect(reader.stats.messages).toBe(4);
});

test('readBatch gives what came before it when it has closed the reader, and nothing afterwards', async () => {
	const reader = await readerWhoseCodec((self) => self[Symbol.dispose]());
	expect(reader.readBatch()).toEqual(['a']);
	expect(reader.available).toBe(0);
	const closed = expect.objectContaining({ code: 'ERR_RINGWIRE_CLOSED' });
	expect(() => reader.readBatch()).toThrow(closed);
	expect(() => reader.tryRead()).toThrow(closed);
});
