import { describeValue } from '../../describe-value.js';
import { descriptionOf, type FieldType, fieldType } from '../description.js';
import { FieldFailure } from '../field-failure.js';
import { checkNames } from '../names.js';
import { describeNumber, type EnumerationBase, u8 } from './scalars.js';

const bases: readonly EnumerationBase[] = ['u8', 'u16', 'u32', 'i8', 'i16', 'i32'];
/** Constants of C have the type int. */
const constantMin = -(2 ** 31);
const constantMax = 2 ** 31 - 1;

/**
 * One of several names, each for an integer: `enumeration({ buy: 1, sell: 2 })`. The bytes are those of `type`, an integer of 8 to 32 bits, `u8` by
 * default. A name or an integer that is not among `values` is a RangeError.
 */
export function enumeration<const V extends Readonly<Record<string, number>>>(
	values: V,
	type: FieldType<number> = u8,
): FieldType<keyof V & string> {
	const { byteLength, layout: base } = descriptionOf('enumeration type', type);
	const name = bases.find((candidate) => candidate === base);
	if (name === undefined) throw new TypeError(`enumeration type: got ${base}, must be one of ${bases.join(', ')}`);
	const number = describeNumber(name);
	const constants = sortedConstants(values, number.c.type, byteLength);
	const list = constants.map(([constant, value]) => `${constant}=${value}`).join(',');
	const numberOf = new Map<unknown, number>(constants);
	const nameOf = new Map<unknown, string>(constants.map(([constant, value]) => [value, constant]));
	const allowed = `one of ${constants.map(([constant]) => constant).join(', ')}`;
	const read = (view: DataView, bytes: Buffer, at: number) => {
		const value = number.accessor.read(view, bytes, at);
		const found = nameOf.get(value);
		if (found === undefined) throw FieldFailure.range(describeValue(value), `one of ${list}`);
		return found;
	};
	return fieldType({
		...number,
		layout: `${name}(${list})`,
		inline: undefined,
		accessor: {
			read,
			write(view, bytes, at, value) {
				const found = numberOf.get(value);
				if (found === undefined) throw FieldFailure.of('string', value, allowed);
				number.accessor.write(view, bytes, at, found);
			},
			look: read,
		},
		c: { ...number.c, comment: list.replaceAll(',', ', '), constants },
	});
}

/** By value, so that the order in which they are given is no difference. */
function sortedConstants(values: unknown, type: string, byteLength: number): [string, number][] {
	const names = checkNames('enumeration', values, 'value');
	const signed = type.startsWith('int');
	const min = signed ? -(2 ** (8 * byteLength - 1)) : 0;
	const max = signed ? 2 ** (8 * byteLength - 1) - 1 : Math.min(2 ** (8 * byteLength) - 1, constantMax);
	const seen = new Map<number, string>();
	const constants = names.map(([name, value]): [string, number] => {
		const allowed = `must be an integer from ${Math.max(min, constantMin)} to ${max}`;
		if (typeof value !== 'number')
			throw new TypeError(`enumeration ${name}: got ${describeValue(value)}, ${allowed}`);
		if (!Number.isInteger(value) || value < min || value > max) {
			throw new RangeError(`enumeration ${name}: got ${value}, ${allowed}`);
		}
		const other = seen.get(value);
		if (other !== undefined) throw new RangeError(`enumeration ${name}: ${value} is the value of ${other} already`);
		seen.set(value, name);
		return [name, value];
	});
	return constants.sort(([, one], [, other]) => one - other);
}
