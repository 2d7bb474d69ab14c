import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('docs/internals/protocol.md');
const headers = ['core/layout.h', 'channel/wire.h', 'channel/layouts.h']
	.map((file) => read(`lib-native/${file}`))
	.join('\n');

const sizes: Record<string, number> = { u8: 1, u16: 2, u32: 4, u64: 8, char: 1 };
const typesInCode: Record<string, string> = {
	uint8_t: 'u8',
	uint16_t: 'u16',
	uint32_t: 'u32',
	uint64_t: 'u64',
	SharedU32: 'u32',
	SharedU64: 'u64',
	char: 'char',
};

interface Field {
	readonly offset: number;
	readonly type: string;
	readonly name: string;
}

/** The rows of the first table after the struct's name. */
function fieldsOnPage(struct: string, skipTables = 0): Field[] {
	const [, after = ''] = page.split(`\`${struct}\``);
	const table = after.split('\n\n').filter((block) => block.startsWith('| offset'))[skipTables] ?? '';
	return table
		.split('\n')
		.slice(2)
		.map((row) => {
			const [, offset = '', type = '', name = ''] = row.split('|').map((cell) => cell.trim());
			return { offset: Number(offset), type, name: name.replace('header.', '') };
		});
}

const constants: Record<string, number> = {
	kNameLengthMax: 64,
	kCodecLengthMax: 128,
	kLayoutTextMax: 576,
	kPinsMax: 480,
};

/** The fields of a struct in the headers, laid out by the rules of C with 8-byte fields aligned to 8. */
function fieldsInCode(struct: string): Field[] {
	const [, body = ''] = new RegExp(`struct ${struct} \\{([^}]*)\\};`).exec(headers) ?? [];
	let offset = 0;
	return [...body.matchAll(/^\t(?:alignas\((\d+)\) )?(\w+) (\w+)(?:\[([^\]]+)\])?;/gm)].flatMap((match) => {
		const [, alignment, codeType = '', name = '', length] = match;
		if (codeType.endsWith('Header')) {
			offset += 40;
			return fieldsInCode(codeType);
		}
		const type = typesInCode[codeType] ?? '?';
		const size = sizes[type] ?? 0;
		const align = Number(alignment ?? size);
		offset = Math.ceil(offset / align) * align;
		const count = length === undefined ? 1 : sum(length);
		const field = { offset, type: length === undefined ? type : `${type}[${count}]`, name };
		offset += size * count;
		return [field];
	});
}

function sum(expression: string): number {
	return expression.split(' + ').reduce((total, part) => total + (constants[part] ?? Number(part)), 0);
}

test.each([
	['WireHello', 0],
	['WireLayouts', 0],
	['WireWelcome', 0],
	['WireShutdown', 1],
	['WireRefuse', 0],
	['WireReport', 0],
	['LaneControl', 0],
	['Descriptor', 0],
	['Cursor', 0],
	['Pins', 0],
	['PoolControl', 0],
] as const)('the page on the protocol gives every field of %s its place', (struct, skipTables) => {
	expect(fieldsInCode(struct)).not.toEqual([]);
	expect(fieldsOnPage(struct, skipTables)).toEqual(fieldsInCode(struct));
});

test('the page on the protocol gives every message type its number and every code its place', () => {
	const [, types = ''] = /enum class WireType : uint8_t \{([^}]*)\}/.exec(headers) ?? [];
	const numbered = [...types.matchAll(/k(\w+) = (\d+)/g)].map(
		([, name = '', number]) => `| ${number} | ${name.toLowerCase()} |`,
	);
	expect(numbered).toHaveLength(13);
	for (const row of numbered) expect(page).toContain(row);
	const [, codes = ''] = /enum class Code : uint8_t \{([^}]*)\}/.exec(read('lib-native/core/status.h')) ?? [];
	const names = [...codes.matchAll(/k(\w+),/g)].map(([, name = '']) =>
		name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
	);
	const listed = names.slice(1).map((name, index) => `${index + 1} ${name}`);
	expect(page.replaceAll('\n', ' ')).toContain(listed.join(', '));
});
