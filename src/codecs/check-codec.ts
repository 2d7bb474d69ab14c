import { describeValue } from './describe-value.js';

const layoutAllowed = 'must be 1 to 1048576 printable ASCII characters, or absent';
const idAllowed = 'must be 1 to 128 printable ASCII characters';

/** Throws TypeError or RangeError for anything that is no codec. `option` names it. */
export function checkCodec(option: string, codec: unknown): void {
	if (typeof codec !== 'object' || codec === null) {
		throw new TypeError(`${option}: got ${describeValue(codec)}, must be an object with id, encode and decode`);
	}
	for (const method of ['encode', 'decode'] as const) {
		const found: unknown = method in codec ? Reflect.get(codec, method) : undefined;
		if (typeof found !== 'function') {
			throw new TypeError(`${option}.${method}: got ${describeValue(found)}, must be a function`);
		}
	}
	for (const method of ['encodeInto', 'decodeFrom'] as const) {
		const found: unknown = method in codec ? Reflect.get(codec, method) : undefined;
		if (found !== undefined && typeof found !== 'function') {
			throw new TypeError(`${option}.${method}: got ${describeValue(found)}, must be a function or absent`);
		}
	}
	const id: unknown = 'id' in codec ? codec.id : undefined;
	if (typeof id !== 'string') throw new TypeError(`${option}.id: got ${describeValue(id)}, ${idAllowed}`);
	if (!/^[\x20-\x7e]{1,128}$/.test(id)) throw new RangeError(`${option}.id: got ${describeValue(id)}, ${idAllowed}`);
	const layout: unknown = 'layout' in codec ? codec.layout : undefined;
	if (layout === undefined) return;
	const shown = describeValue(layout);
	if (typeof layout !== 'string') throw new TypeError(`${option}.layout: got ${shown}, ${layoutAllowed}`);
	if (layout.length > 2 ** 20 || !/^[\x20-\x7e]+$/.test(layout)) {
		throw new RangeError(`${option}.layout: got ${shown}, ${layoutAllowed}`);
	}
}
