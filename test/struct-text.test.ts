import { struct, text, u8 } from 'ringwire';
import { describe, expect, test } from 'vitest';

describe.each([false, true])('texts of every length in fields of 2 to 20 bytes, terminated: %s', (terminated) => {
	const lengths = Array.from({ length: 19 }, (_, index) => index + 2);
	const fields = lengths.map((byteLength) => {
		const max = terminated ? byteLength - 1 : byteLength;
		return { byteLength, max, codec: struct({ before: u8, name: text(byteLength, { terminated }), after: u8 }) };
	});
	const encoded = (codec: (typeof fields)[number]['codec'], name: string) => {
		const target = Buffer.alloc(codec.byteLength, 0xff);
		codec.encodeInto?.({ before: 0xab, name, after: 0xcd }, target, 0);
		return target;
	};

	test('with a character of every kind at every place, the bytes are those of UTF-8 with zeros after them', () => {
		for (const { byteLength, max, codec } of fields) {
			for (let index = 0; index < max; index += 1) {
				for (const character of ['a', '\x01', '\x7f', '\x80', 'é', '€', '😀']) {
					for (const rest of [0, 1, max - index - 1]) {
						const name = `${'b'.repeat(index)}${character}${'c'.repeat(rest)}`;
						if (Buffer.byteLength(name) > max) continue;
						const expected = Buffer.concat([Buffer.of(0xab), Buffer.from(name)], byteLength + 2);
						expected[byteLength + 1] = 0xcd;
						expect(encoded(codec, name)).toEqual(expected);
						expect(codec.decode(expected)).toEqual({ before: 0xab, name, after: 0xcd });
					}
				}
			}
		}
	});

	test('a text ends at its first zero byte, whatever comes after it', () => {
		for (const { max, codec } of fields) {
			for (let length = 0; length < max; length += 1) {
				for (const byte of [0x01, 0x7f, 0x80, 0xff]) {
					const memory = Buffer.alloc(codec.byteLength, byte);
					memory.fill('a', 1, 1 + length)[1 + length] = 0;
					expect(codec.decode(memory).name).toBe('a'.repeat(length));
				}
			}
		}
	});

	test('a text that is too long, has a zero or a lone surrogate is refused, and the field keeps its bytes', () => {
		for (const { max, codec } of fields) {
			const memory = encoded(codec, 'z'.repeat(max));
			const before = Buffer.from(memory);
			const view = codec.view(memory);
			for (let index = 0; index < max; index += 1) {
				for (const name of [`${'a'.repeat(index)}\0`, `${'a'.repeat(index)}\ud800`]) {
					expect(() => (view.name = name)).toThrow(RangeError);
				}
			}
			expect(() => (view.name = 'a'.repeat(max + 1))).toThrow(`and it has ${max + 1}`);
			expect(memory).toEqual(before);
		}
	});
});
