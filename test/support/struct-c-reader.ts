import { type FieldsSpec, type Spec, structOf } from './struct-spec.js';

/**
 * A program in C that prints the values of messages, one message a line, as `tokensOf` does. Its argument is a file of messages, `each` of every struct. It
 * fails if a header has another layout text than the codec, or another hash than that of the text.
 */
export function readerInC(
	names: readonly string[],
	cases: readonly { readonly fields: FieldsSpec }[],
	each: number,
): string {
	const includes = names.map((name) => `#include "${name}.h"\n`).join('');
	const functions = names.map((name, index) => {
		const prints = (cases[index]?.fields ?? []).map(([field, spec]) => printsOf(spec, `message.${field}`)).join('');
		return `static void print_${name}(FILE* file) {
	struct ${name} message;
	if (fread(&message, sizeof message, 1, file) != 1) exit(1);
${prints}	puts("");
}
`;
	});
	const checks = names.map((name, index) => {
		const { layout } = structOf(cases[index]?.fields ?? []);
		return `	check(RINGWIRE_LAYOUT_${name}, RINGWIRE_LAYOUT_HASH_${name}, "${layout}");\n`;
	});
	const calls = names.map((name) => `	for (int i = 0; i < ${each}; i++) print_${name}(file);\n`).join('');
	return `#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
${includes}
static int first;
static void space(void) { if (!first) putchar(' '); first = 0; }
static void bytes(const void* memory, size_t size) {
	space();
	for (size_t i = 0; i < size; i++) printf("%02x", ((const unsigned char*)memory)[i]);
}
static void natural(uint64_t value) { space(); printf("%" PRIu64, value); }
static void integer(int64_t value) { space(); printf("%" PRId64, value); }
/* FNV-1a of 64 bits. */
static void check(const char* layout, uint64_t hash, const char* expected) {
	uint64_t own = UINT64_C(14695981039346656037);
	for (const char* at = layout; *at != 0; at++) own = (own ^ (unsigned char)*at) * UINT64_C(1099511628211);
	if (own != hash || strcmp(layout, expected) != 0) exit(2);
}

${functions.join('\n').replaceAll('	if (fread', '	first = 1;\n	if (fread')}
int main(int argc, char** argv) {
	FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	if (file == NULL) return 1;
	(void)natural;
	(void)integer;
	(void)bytes;
${checks.join('')}${calls}	return fgetc(file) == EOF ? 0 : 1;
}
`;
}

function printsOf(spec: Spec, expression: string): string {
	if ('fields' in spec) return spec.fields.map(([name, field]) => printsOf(field, `${expression}.${name}`)).join('');
	if ('element' in spec) {
		const elements = Array.from({ length: spec.count }, (_, index) =>
			printsOf(spec.element, `${expression}[${index}]`),
		);
		return elements.join('');
	}
	if ('text' in spec || 'bytes' in spec) return `	bytes(${expression}, sizeof ${expression});\n`;
	if ('scalar' in spec && (spec.scalar === 'f32' || spec.scalar === 'f64'))
		return `	bytes(&${expression}, sizeof ${expression});\n`;
	const signed = ('names' in spec ? spec.base : spec.scalar).startsWith('i');
	return `	${signed ? 'integer' : 'natural'}(${expression});\n`;
}
