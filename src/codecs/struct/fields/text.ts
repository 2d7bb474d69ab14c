import { isUtf8 } from 'node:buffer';
import { describeValue } from '../../describe-value.js';
import { type FieldType, fieldType } from '../description.js';
import { FieldFailure } from '../field-failure.js';
import { checkFieldSize } from '../limits.js';
import { isShort, shortTextCode } from './short-text.js';

/** Longer texts are encoded by one native call. */
const loopMax = 32;

/**
 * A text in UTF-8 of at most `byteLength` bytes, filled up with zero bytes. It cannot contain U+0000, and a text of the full length has no zero byte
 * at its end. With `terminated: true` it always has one, for `strlen` of C, and the text has at most `byteLength - 1` bytes.
 * On decode it ends at the first zero byte.
 */
export function text(byteLength: number, options: { readonly terminated?: boolean } = {}): FieldType<string> {
	checkFieldSize('text', byteLength);
	const terminated = checkTerminated(options);
	const max = terminated ? byteLength - 1 : byteLength;
	if (max === 0) throw new RangeError('text: got 1 with terminated: true, must be at least 2');

	const read = (_: DataView, bytes: Buffer, at: number): string => {
		const end = at + byteLength;
		let length = 0;
		let bits = 0;
		for (let index = at; index < end; index += 1) {
			const byte = bytes[index] ?? 0;
			if (byte === 0) break;
			bits |= byte;
			length += 1;
		}
		if (length > max) throw FieldFailure.range(`${length} bytes without a zero`, `at most ${max} bytes and a zero`);
		if (bits < 0x80) return bytes.toString('latin1', at, at + length);
		// From a copy: the memory of a view may change meanwhile.
		const copy = Buffer.from(bytes.subarray(at, at + length));
		if (!isUtf8(copy)) throw FieldFailure.range(describeValue(copy), 'valid UTF-8');
		return copy.toString();
	};

	const refuse = (value: string, length: number): never => {
		throw FieldFailure.range(describeValue(value), `at most ${max} bytes in UTF-8, and it has ${length}`);
	};
	const encodeWide = (bytes: Buffer, at: number, value: string): number => {
		if (!value.isWellFormed()) throw FieldFailure.range(describeValue(value), 'a text without lone surrogates');
		if (value.includes('\0')) throw FieldFailure.range(describeValue(value), 'a text without U+0000');
		const length = Buffer.byteLength(value);
		return length > max ? refuse(value, length) : bytes.write(value, at, length);
	};
	/** Refuses a text before a byte of the field has changed. */
	const encode = (bytes: Buffer, at: number, value: string): number => {
		const { length } = value;
		if (length > max) refuse(value, Buffer.byteLength(value));
		if (length > loopMax || !isAscii(value)) return encodeWide(bytes, at, value);
		for (let index = 0; index < length; index += 1) bytes[at + index] = value.charCodeAt(index);
		return length;
	};

	return fieldType({
		kind: 'leaf',
		byteLength,
		alignment: 1,
		layout: `text${byteLength}${terminated ? 'z' : ''}`,
		python: `'S${byteLength}'`,
		inline: undefined,
		code: isShort(byteLength) ? shortTextCode(byteLength, max) : undefined,
		accessor: {
			read,
			write(_, bytes, at, value) {
				if (typeof value !== 'string') throw FieldFailure.type(value, 'a string');
				const end = at + byteLength;
				for (let index = at + encode(bytes, at, value); index < end; index += 1) bytes[index] = 0;
			},
			look: read,
		},
		c: {
			type: 'char',
			dimension: `[${byteLength}]`,
			comment: terminated
				? 'UTF-8, ends with a zero byte'
				: 'UTF-8, zeros after it; not terminated at full length',
			constants: [],
		},
	});
}

/** Whether it has only characters of ASCII, and no U+0000. */
function isAscii(value: string): boolean {
	for (let index = 0; index < value.length; index += 1) {
		const unit = value.charCodeAt(index);
		if (unit === 0 || unit > 127) return false;
	}
	return true;
}

function checkTerminated(options: unknown): boolean {
	if (typeof options !== 'object' || options === null) {
		throw new TypeError(`text options: got ${describeValue(options)}, must be an object`);
	}
	const unknown = Object.keys(options).find((key) => key !== 'terminated');
	if (unknown !== undefined) throw new TypeError(`text options: unknown option '${unknown}', must be terminated`);
	const terminated: unknown = Reflect.get(options, 'terminated') ?? false;
	if (typeof terminated === 'boolean') return terminated;
	throw new TypeError(`terminated: got ${describeValue(terminated)}, must be true or false`);
}
