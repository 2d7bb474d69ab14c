/** The Markdown pages of the package, and the parts of them that tests check. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block. Its info string is a language followed by flags and `key=value` pairs: `ts file=reader.ts run=ticks`. */
export interface Block {
	/** Path from the root of the package. */
	readonly page: string;
	/** Line of the opening fence, from 1 on. */
	readonly line: number;
	readonly language: string;
	readonly info: ReadonlyMap<string, string>;
	readonly text: string;
}

/** Paths from the root, sorted: README, CONTRIBUTING, docs and the READMEs of the examples. */
export function markdownPages(): string[] {
	const below = ['docs', 'examples'].flatMap((folder) =>
		readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
	);
	return ['README.md', 'CONTRIBUTING.md', ...below.filter((path) => path.endsWith('.md')).sort()];
}

export function readPage(page: string): string {
	return readFileSync(`${root}${page}`, 'utf8');
}

export function blocksOf(page: string): Block[] {
	const blocks: Block[] = [];
	let open: { fence: string; indent: string; line: number; head: string; lines: string[] } | undefined;
	for (const [index, line] of readPage(page).split('\n').entries()) {
		const [, indent = '', fence, head = ''] = /^(\s*)(`{3,})(.*)$/.exec(line) ?? [];
		if (open === undefined) {
			if (fence !== undefined) open = { fence, indent, line: index + 1, head, lines: [] };
		} else if (line.trim() === open.fence) {
			const [language = '', ...info] = open.head.trim().split(/\s+/);
			const text = `${open.lines.join('\n')}\n`;
			blocks.push({ page, line: open.line, language, info: new Map(info.map(keyAndValue)), text });
			open = undefined;
		} else {
			open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
		}
	}
	if (open !== undefined) throw new Error(`${page}:${open.line}: the block is not closed`);
	return blocks;
}

/** The page without its fenced blocks and code spans, line by line. */
export function proseOf(page: string): string[] {
	let fenced = false;
	return readPage(page)
		.split('\n')
		.map((line) => {
			const isFence = /^\s*```/.test(line);
			if (isFence) fenced = !fenced;
			return fenced || isFence ? '' : line.replaceAll(/`[^`]*`/g, '``');
		});
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
	const headings = readPage(page).matchAll(/^#{1,6} (.+)$/gm);
	return new Set(
		[...headings].map(([, text = '']) =>
			text
				.toLowerCase()
				.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
				.replaceAll(' ', '-'),
		),
	);
}

function keyAndValue(word: string): [string, string] {
	const at = word.indexOf('=');
	return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
}
