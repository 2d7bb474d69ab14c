/** A codec that ends or closes the writer whose message it encodes. */
import { defineChannel, openWriter, utf8, type Writer } from 'ringwire';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

const ways: [string, (writer: Writer<string>) => void][] = [
	['ends', (writer) => writer.end()],
	['closes', (writer) => void writer.close({ lingerMs: 0 })],
	['disposes of', (writer) => writer[Symbol.dispose]()],
	['shuts down', (writer) => writer.shutdown()],
];

const large = 'x'.repeat(20_000);

describe.each(['block', 'drop-newest', 'drop-oldest'] as const)('%s', (overflow) => {
	describe.each(ways)('a codec that %s its writer', (_, act) => {
		function open(): Writer<string> {
			const { encode, ...codec } = utf8();
			const acting = {
				...codec,
				encode(text: string) {
					if (text === 'act') act(writer);
					return encode(text);
				},
			};
			const writer = openWriter(defineChannel({ name: uniqueName(), overflow, codec: acting }));
			onTestFinished(() => writer[Symbol.dispose]());
			return writer;
		}

		test.each([
			[['a', 'act', 'c'], 0],
			[['a', 'act'], 0],
			[['a', large, 'act', large], 2],
		])('tryWriteBatch throws CLOSED, saying how many were accepted', (messages, accepted) => {
			const refused = { code: 'ERR_RINGWIRE_CLOSED', accepted };
			expect(() => open().tryWriteBatch(messages)).toThrow(expect.objectContaining(refused));
		});

		test('every other write throws CLOSED', async () => {
			expect(await codeOf(() => open().tryWrite('act'))).toBe('ERR_RINGWIRE_CLOSED');
			expect(await codeOf(() => open().write('act'))).toBe('ERR_RINGWIRE_CLOSED');
			expect(await codeOf(() => open().writeSync('act'))).toBe('ERR_RINGWIRE_CLOSED');
		});
	});
});
