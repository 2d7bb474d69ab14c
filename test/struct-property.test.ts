import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { messages, structs } from './support/struct-arbitraries.js';
import { inspectView, resultsOf } from './support/struct-results.js';
import { type FieldsSpec, messageOf, type Plain, structOf, tokensOf } from './support/struct-spec.js';

/** `npm run verify` sets it. */
const runs = Number(process.env.RINGWIRE_STRUCT_RUNS ?? 50);
const pairs = structs.chain((fields) => messages(fields).map((plain) => ({ fields, plain })));

test('a message is decoded to the values that were encoded, also at an unaligned place among other bytes', () => {
	fc.assert(
		fc.property(pairs, fc.integer({ min: 0, max: 9 }), ({ fields, plain }, start) => {
			const codec = structOf(fields);
			const message = messageOf(fields, plain);
			const { byteLength } = codec;
			const room = Buffer.alloc(start + byteLength + 5, 0xee);
			expect(codec.encodeInto?.(message, room, start)).toBe(start + byteLength);
			const bytes = room.subarray(start, start + byteLength);
			expect(codec.encode(message)).toEqual(bytes);
			expect(room.subarray(0, start).every((byte) => byte === 0xee)).toBe(true);
			expect(room.subarray(start + byteLength).every((byte) => byte === 0xee)).toBe(true);
			const decoded = codec.decodeFrom?.(room, start, start + byteLength);
			expect(tokensOf({ fields }, plainOf(fields, decoded))).toEqual(tokensOf({ fields }, plain));
			expect(codec.decode(Buffer.from(bytes))).toEqual(decoded);
			expect(Buffer.from(codec.encode(decoded as never))).toEqual(bytes);
		}),
		{ numRuns: 3 * runs },
	);
});

/** A decoded message as the list of its values. */
function plainOf(fields: FieldsSpec, message: unknown): readonly Plain[] {
	const of = (spec: FieldsSpec[number][1], value: unknown): Plain => {
		if ('fields' in spec) return spec.fields.map(([name, field]) => of(field, Reflect.get(Object(value), name)));
		if ('element' in spec) return (value as unknown[]).map((element) => of(spec.element, element));
		if (Buffer.isBuffer(value)) return value.toString('hex');
		return typeof value === 'bigint' ? String(value) : Object.is(value, -0) ? '-0' : (value as Plain);
	};
	return fields.map(([name, spec]) => of(spec, Reflect.get(Object(message), name)));
}

test('accessor objects read the same values, and write the same bytes', () => {
	fc.assert(
		fc.property(pairs, fc.integer({ min: 0, max: 9 }), ({ fields, plain }, offset) => {
			const codec = structOf(fields);
			const bytes = Buffer.from(codec.encode(messageOf(fields, plain)));
			const source = codec.view(Buffer.concat([Buffer.alloc(offset), bytes]), offset);
			const memory = new Uint8Array(offset + codec.byteLength);
			const target = codec.view(memory, offset);
			for (const [name] of fields) target[name] = source[name];
			expect(Buffer.from(memory.subarray(offset))).toEqual(bytes);
			expect(inspectView(source)).toBe(inspectView(codec.decode(bytes)));
		}),
		{ numRuns: runs },
	);
});

test('where code generation from strings is forbidden, the same results and errors come from closures', () => {
	const cases = fc.sample(pairs, runs).map(({ fields, plain }): [FieldsSpec, readonly Plain[]] => [fields, plain]);
	const file = join(temporaryFolder(), 'cases.json');
	writeFileSync(file, JSON.stringify(cases));
	const program = fileURLToPath(new URL('../build/programs/test/programs/struct-closures.js', import.meta.url));
	const output = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', program, file], {
		encoding: 'utf8',
		maxBuffer: 2 ** 30,
	});
	const { generated, results }: { generated: boolean; results: string[][] } = JSON.parse(output);
	expect(generated).toBe(false);
	expect(results).toHaveLength(cases.length);
	for (const [index, [fields, plain]] of cases.entries()) expect(results[index]).toEqual(resultsOf(fields, plain));
});

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-struct-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
