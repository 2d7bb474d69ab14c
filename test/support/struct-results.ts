import { inspect } from 'node:util';
import type { Struct, StructFields } from 'ringwire';
import { type FieldsSpec, messageOf, type Plain, structOf } from './struct-spec.js';

const strange = [
	undefined,
	null,
	Number.NaN,
	-1,
	0.5,
	2 ** 40,
	2 ** 70,
	'x'.repeat(99),
	'\ud800',
	'a\0',
	5n,
	2n ** 70n,
	{},
	[],
	true,
];

/**
 * The results of a struct for a message and for wrong ones, as texts: equal for two implementations that behave alike. The code of the struct is generated, or not if
 * the process forbids that.
 */
export function resultsOf(fields: FieldsSpec, plain: readonly Plain[]): string[] {
	const codec = structOf(fields);
	const message = messageOf(fields, plain);
	const bytes = Buffer.from(codec.encode(message));
	const view = codec.view(bytes);
	return [
		bytes.toString('hex'),
		inspect(codec.decode(bytes), { depth: 9 }),
		...fields.map(([name]) => `${name}: ${inspectView(view[name])}`),
		...fields.flatMap(([name]) =>
			strange.flatMap((value) => [
				outcome(() => codec.encode({ ...(message as object), [name]: value } as never)),
				outcome(() => {
					const memory = Buffer.from(bytes);
					codec.view(memory)[name] = value;
					return memory;
				}),
			]),
		),
		...[0, 1, 2, 0x80, 0xff].flatMap((byte) => readings(codec, Buffer.alloc(codec.byteLength, byte))),
	];
}

function readings(codec: Struct<StructFields>, bytes: Buffer): string[] {
	const view = codec.view(bytes);
	return [
		outcome(() => codec.decode(bytes)),
		...Object.keys(Object.getPrototypeOf(view)).map((name) => outcome(() => inspectView(view[name]))),
	];
}

/** An accessor object is read through its properties, an array of them through its elements. */
export function inspectView(value: unknown): string {
	return inspect(plainOf(value), { depth: 9 });
}

function plainOf(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
	if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, plainOf);
	const names = Object.keys(Object.getPrototypeOf(value)).concat(Object.keys(value));
	return Object.fromEntries(names.map((name) => [name, plainOf(Reflect.get(value, name))]));
}

function outcome(call: () => unknown): string {
	try {
		const result = call();
		return result instanceof Uint8Array ? Buffer.from(result).toString('hex') : inspect(result, { depth: 9 });
	} catch (error) {
		return String(error);
	}
}
