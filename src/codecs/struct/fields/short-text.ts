const wordsMax = 4;

/** Whether there is generated code for texts of that size. */
export function isShort(byteLength: number): boolean {
	return byteLength <= 4 * wordsMax;
}

/**
 * The code of an accessor for a text of at most 16 bytes. A text in ASCII is read as words and becomes a string without a call of the engine.
 * `general` has all other texts, and the errors.
 */
export function shortTextCode(byteLength: number, max: number): string {
	const words = Array.from({ length: Math.ceil(byteLength / 4) }, (_, word) => word);
	const lengths = Array.from({ length: max + 1 }, (_, length) => length);
	return `{
		read(view, bytes, at) {
			${words.map((word) => `const word${word} = ${wordAt(word, byteLength)};`).join('\n')}
			if (((${words.map((word) => `word${word}`).join(' | ')}) & 0x80808080) !== 0) return general.read(view, bytes, at);
			let length = ${byteLength}, zeroes = 0;
			${words.map(searchIn).join(' else ')}
			switch (length) {
				${lengths.map((length) => `case ${length}: return ${textOf(length)};`).join('\n')}
				default: return general.read(view, bytes, at);
			}
		},
		write(view, bytes, at, value) {
			if (typeof value !== 'string') return general.write(view, bytes, at, value);
			let ${words.map((word) => `word${word} = 0`).join(', ')}, unit = 0, bits = 0;
			switch (value.length) {
				${lengths.map(characterBefore).reverse().join('\n')}
				break;
				default: return general.write(view, bytes, at, value);
			}
			if (bits >>> 7 !== 0) return general.write(view, bytes, at, value);
			${words.map((word) => storeOf(word, byteLength)).join('\n')}
		},
		look: (view, bytes, at) => general.read(view, bytes, at),
	}`;
}

/**
 * A statement that looks for the first zero byte of a word in ASCII: taking 1 from each byte sets the highest bit of a zero byte, and of no byte before it.
 */
function searchIn(word: number): string {
	return `if ((zeroes = (word${word} - 0x01010101) & 0x80808080) !== 0) length = ${4 * word} + (31 - Math.clz32(zeroes & -zeroes) >> 3);`;
}

/** An expression for a word of the text; the last one has zero bytes after the field. */
function wordAt(word: number, byteLength: number): string {
	const first = 4 * word;
	if (first + 4 <= byteLength) return `view.getInt32(at + ${first}, true)`;
	return Array.from(
		{ length: byteLength - first },
		(_, byte) => `(view.getUint8(at + ${first + byte}) << ${8 * byte})`,
	).join(' | ');
}

/** An expression for the first characters of the words. */
function textOf(length: number): string {
	if (length === 0) return `''`;
	const characters = Array.from({ length }, (_, index) => `(word${index >> 2} >> ${8 * (index & 3)}) & 127`);
	return `String.fromCharCode(${characters.join(', ')})`;
}

/** The label for texts of a length, with the statements for their last character. Those for a shorter text follow. */
function characterBefore(length: number): string {
	if (length === 0) return 'case 0:';
	const index = length - 1;
	return `case ${length}: unit = value.charCodeAt(${index}); bits |= unit | unit - 1; word${index >> 2} |= unit << ${8 * (index & 3)};`;
}

function storeOf(word: number, byteLength: number): string {
	const first = 4 * word;
	if (first + 4 <= byteLength) return `view.setInt32(at + ${first}, word${word}, true);`;
	return Array.from(
		{ length: byteLength - first },
		(_, byte) => `view.setUint8(at + ${first + byte}, word${word} >> ${8 * byte});`,
	).join(' ');
}
