import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import * as voice from '../scripts/voice.mjs';

interface Finding {
	readonly file: string;
	readonly line: number;
	readonly sentence: string;
}
const isFinding: (sentence: string) => boolean = voice.isFinding;

let base: string;
beforeEach(() => {
	base = mkdtempSync(join(tmpdir(), 'ringwire-voice-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function findingsIn(area: string, file: string, source: string): string[] {
	mkdirSync(dirname(join(base, file)), { recursive: true });
	writeFileSync(join(base, file), source);
	const found: Finding[] = voice.findings(area, base);
	return found.map(({ file, line, sentence }) => `${file}:${line}: ${sentence}`);
}

describe('the project has no finding', () => {
	it.each(['src', 'tests', 'docs', 'scripts', 'native', 'platform'])('in %s', (area) => {
		const found: Finding[] = voice.findings(area);
		expect(found.map(({ file, line, sentence }) => `${file}:${line}: ${sentence}`)).toEqual([]);
	});
});

describe('a sentence is a finding', () => {
	it.each([
		'Who reads large messages opens the reader with `reuseMemory`.',
		'Whoever lacks a descriptor connects again.',
		'For who is done with each message.',
		'A peer who closes is a disconnect.',
		'Who is connected?',
		'Somebody waits for a message.',
		'Nobody has read it.',
		'The peer to whom it was sent.',
		'WHO closes, loses',
		'What is read gives its room back.',
		'What happens at a server.',
		'Aborts, so that what is open can be closed.',
		'The reader drains, and what it had not read is kept.',
		'Readers are safe, because what was published has been read.',
	])('%s', (sentence) => expect(isFinding(sentence)).toBe(true));

	it.each([
		'The caller opens the reader with `reuseMemory`.',
		'A reader whose writer died fails.',
		'The error names what is wrong.',
		'The reader returns what was published, and closes.',
		'What if no reader is connected?',
		'It counts messages, and what was copied of each.',
		'whole, whoops, somewhat: no words of the rule',
	])('but not: %s', (sentence) => expect(isFinding(sentence)).toBe(false));
});

describe('in sources', () => {
	it('comments and strings are read, names in the code are not', () => {
		const source = [
			'/**',
			' * Opens a reader.',
			' *',
			' * The first sentence is good. Who reads',
			' * on gets the next message.',
			' */',
			'export function open(who: string) {',
			'	// A comment over two lines, in which',
			'	// whoever comes later waits.',
			"	throw new Error('nobody knows who it was');",
			'}',
			// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source under test
			'export const text = `${open} for whom it is`;',
			"export const good = { who: 1, expression: /who/, 'an ordinary': what };",
		].join('\n');
		expect(findingsIn('src', 'src/open.ts', source)).toEqual([
			'src/open.ts:4: Who reads on gets the next message.',
			'src/open.ts:9: A comment over two lines, in which whoever comes later waits.',
			'src/open.ts:10: nobody knows who it was',
			'src/open.ts:12: X for whom it is',
		]);
	});

	it('of C++, comments and strings are read', () => {
		const source = 'int who; // who is it\nint a = f("who is it");\n// good\n';
		expect(findingsIn('native', 'lib-native/core/a.cc', source)).toEqual([
			'lib-native/core/a.cc:1: who is it',
			'lib-native/core/a.cc:2: who is it',
		]);
	});
});

it('of tests, names and comments are read, other strings are not', () => {
	const source = [
		'// who reads this?',
		"describe('what is sent is read', () => {",
		"	it('a reader reads', () => expect('who').toBe('who'));",
		"	it.each([1])('who closes %i', () => {});",
		'});',
	].join('\n');
	expect(findingsIn('tests', 'test/a.test.ts', source)).toEqual([
		'test/a.test.ts:1: who reads this?',
		'test/a.test.ts:2: what is sent is read',
		'test/a.test.ts:4: who closes %i',
	]);
});

it('of Markdown, headings, paragraphs, lists and tables are read, inline code is not', () => {
	const source = [
		'# Who is connected',
		'',
		'A paragraph with `who` in code, that goes on',
		'until somebody asks who it is. The next sentence is good.',
		'The name of a test is read where it is defined: `test/a.test.ts` "who closes", "what is sent is read".',
		'',
		'- what is sent is read',
		'- a good item',
		'',
		'| option | who sets it |',
		'|---|---|',
		'| `who` | the writer |',
	].join('\n');
	expect(findingsIn('docs', 'docs/a.md', source)).toEqual([
		'docs/a.md:1: Who is connected',
		'docs/a.md:4: A paragraph with X in code, that goes on until somebody asks who it is.',
		'docs/a.md:7: what is sent is read',
		'docs/a.md:10: who sets it |',
	]);
});
