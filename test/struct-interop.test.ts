import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messages, structs } from './support/struct-arbitraries.js';
import { readerInC } from './support/struct-c-reader.js';
import { type FieldsSpec, kindsOf, messageOf, type Plain, structOf, tokensOf } from './support/struct-spec.js';

/** `npm run verify` sets it. */
const runs = Number(process.env.RINGWIRE_STRUCT_RUNS ?? 40);
const messagesEach = 3;

interface Case {
	readonly fields: FieldsSpec;
	readonly messages: readonly (readonly Plain[])[];
}

/** The commands that run a 32-bit program: itself, or with an emulator where the kernel runs none. Empty: there is no compiler for it, or no way. */
const runsOf32Bits = [[], ['qemu-i386']].filter((runner) => {
	const program = join(tmpdir(), `ringwire-m32-${process.pid}`);
	const compiled = spawnSync('gcc', ['-m32', '-x', 'c', '-', '-o', program], { input: 'int main(void){return 42;}' });
	const [command = program, ...args] = [...runner, program];
	const { status } = spawnSync(command, args);
	rmSync(program, { force: true });
	return compiled.status === 0 && status === 42;
});
/** `npm test` installs the libraries of gcc for 32 bits. */
const has32Bits = spawnSync('gcc', ['-m32', '-xc', '-', '-o', '/dev/null'], { input: 'int main(void){}' }).status === 0;
/** `npm test` installs numpy for the Python of the system, which need not be the first one in the path. */
const pythonWithNumpy = ['python3', '/usr/bin/python3'].find(
	(python) => spawnSync(python, ['-c', 'import numpy']).status === 0,
);

describe('random structs in other languages', () => {
	let folder: string;
	let cases: readonly Case[];
	let bytes: Buffer[];
	let expected: string[];

	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), 'ringwire-struct-'));
		const seed = Number(process.env.RINGWIRE_STRUCT_SEED ?? Date.now() % 2 ** 31);
		console.log(`RINGWIRE_STRUCT_SEED=${seed}`);
		const arbitrary = structs.chain((fields) => {
			const list = fc.array(messages(fields), { minLength: messagesEach, maxLength: messagesEach });
			return list.map((found): Case => ({ fields, messages: found }));
		});
		cases = fc.sample(arbitrary, { numRuns: runs, seed });
		const all = cases.flatMap(({ fields, messages: list }) => list.map((plain) => ({ fields, plain })));
		bytes = all.map(({ fields, plain }) => Buffer.from(structOf(fields).encode(messageOf(fields, plain))));
		expected = all.map(({ fields, plain }) => tokensOf({ fields }, plain).join(' '));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	/** Compiles all headers with a program that prints the messages of a file, and writes that file. */
	function compiledByC(...flags: string[]): void {
		const names = cases.map((_, index) => `s${index}`);
		for (const [index, { fields }] of cases.entries()) {
			writeFileSync(join(folder, `s${index}.h`), structOf(fields).toCHeader(`s${index}`));
		}
		writeFileSync(join(folder, 'main.c'), readerInC(names, cases, messagesEach));
		writeFileSync(join(folder, 'messages'), Buffer.concat(bytes));
		const warnings = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-Wno-overlength-strings'];
		execFileSync('gcc', ['-std=c11', ...warnings, ...flags, '-o', 'main', 'main.c'], { cwd: folder });
	}

	function printed(...runner: string[]): string[] {
		const [command = '', ...args] = [...runner, join(folder, 'main'), join(folder, 'messages')];
		return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 30 })
			.trimEnd()
			.split('\n');
	}

	test('C reads the same values', () => {
		compiledByC();
		expect(printed()).toEqual(expected);
	});

	test.skipIf(!has32Bits && process.env.CI !== 'true')(
		'the assertions of the headers hold in a 32-bit program',
		() => {
			compiledByC('-m32');
		},
	);

	test.skipIf(runsOf32Bits.length === 0)('C in a 32-bit program reads the same values', () => {
		compiledByC('-m32');
		expect(printed(...(runsOf32Bits[0] ?? []))).toEqual(expected);
	});

	test('C++ accepts the headers, and their assertions hold', () => {
		const includes = cases.map((_, index) => `#include "s${index}.h"\n`).join('');
		for (const [index, { fields }] of cases.entries()) {
			writeFileSync(join(folder, `s${index}.h`), structOf(fields).toCHeader(`s${index}`));
		}
		writeFileSync(join(folder, 'main.cc'), includes);
		const flags = ['-std=c++11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only'];
		const widths = has32Bits ? ['-m64', '-m32'] : ['-m64'];
		for (const width of widths) execFileSync('g++', [...flags, width, 'main.cc'], { cwd: folder });
	});

	test.skipIf(pythonWithNumpy === undefined && process.env.CI !== 'true')(
		'numpy reads the same values by the text of the dtype',
		() => {
			const program = fileURLToPath(new URL('programs/struct-reader.py', import.meta.url));
			const input = cases.map(({ fields }, index) => [
				structOf(fields).toPythonDtype(),
				bytes.slice(index * messagesEach, (index + 1) * messagesEach).map((message) => message.toString('hex')),
			]);
			const output = execFileSync(pythonWithNumpy ?? 'python3', [program], {
				input: JSON.stringify(input),
				encoding: 'utf8',
				maxBuffer: 2 ** 30,
			});
			const ofKinds = expected.map((line, index) => {
				const kinds = kindsOf({ fields: cases[Math.floor(index / messagesEach)]?.fields ?? [] });
				return kinds.map((kind, at) => kind + line.split(' ')[at]).join(' ');
			});
			expect(output.trimEnd().split('\n')).toEqual(ofKinds);
		},
	);
});
