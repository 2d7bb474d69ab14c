// The part of the style guide ("Voice") that a program can check: the subject of a sentence is a thing with a name.
//
//   node scripts/voice.mjs [AREA...]     prints every finding as file:line and the sentence; areas: src, tests, docs, scripts, native
//
// A finding is a sentence that contains "who", "whoever" or "whom", or that has a clause with "what" as its subject; so are "somebody",
// "nobody" and the like. It reads comments and string literals of TypeScript, JavaScript and C++, the comments and names of tests, and Markdown
// without inline code and quoted names of tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { filesBelow, root } from './paths.mjs';

/** Sentences that stay as they are, each with its reason. */
const allowed = [
	{ sentence: `contains "who"`, reason: 'the description of this rule' },
	{ sentence: `"somebody", "nobody" and the like`, reason: 'the description of this rule' },
];

const isScript = (file) => /\.(ts|mjs)$/.test(file);
const isCpp = (file) => /\.(h|cc)$/.test(file);
const isMarkdown = (file) => file.endsWith('.md');

/** Each area: its folders, and the functions that find the texts of a file. */
const areas = {
	src: { folders: ['src'], texts: [[isScript, scriptTexts]] },
	tests: { folders: ['test'], texts: [[isScript, (...file) => [...testNames(...file), ...scriptComments(...file)]]] },
	docs: { folders: ['README.md', 'CONTRIBUTING.md', 'docs'], texts: [[isMarkdown, markdownTexts]] },
	scripts: {
		folders: ['scripts', 'demo', 'bench', 'soak', 'examples', 'vitest.config.ts'],
		texts: [
			[isScript, scriptTexts],
			[isMarkdown, markdownTexts],
		],
	},
	native: {
		folders: ['core', 'model', 'fuzz', 'bench', 'binding', 'test'].map((folder) => `lib-native/${folder}`),
		texts: [
			[isCpp, cppTexts],
			[isMarkdown, markdownTexts],
		],
	},
	platform: {
		folders: ['lib-native/channel', 'lib-native/platform', 'lib-native/simulation'],
		texts: [[isCpp, cppTexts]],
	},
};

export const areaNames = Object.keys(areas);

/** All findings of an area, as {file, line, sentence}, sorted by file and line. */
export function findings(area, base = root) {
	const { folders, texts } = areas[area];
	return filesBelow(folders, base).flatMap((file) => {
		const textsOf = texts.find(([matches]) => matches(file))?.[1];
		if (textsOf === undefined) return [];
		const source = readFileSync(join(base, file), 'utf8');
		return textsOf(source, file)
			.flatMap((text) => sentencesOf(text))
			.filter(
				({ sentence }) => isFinding(sentence) && !allowed.some((entry) => sentence.includes(entry.sentence)),
			)
			.map(({ line, sentence }) => ({ file, line, sentence }))
			.sort((one, other) => one.line - other.line);
	});
}

const persons = /\b(who|whoever|whom|whomever)\b/i;
const indefinite = /\b(somebody|someone|anybody|anyone|everybody|everyone|nobody)\b/i;
const verb =
	/\b(is|are|was|were|has|have|had|does|do|did|can|could|will|would|must|may|might|goes|comes|stays|fails|gets|needs|costs|remains|matters|counts|ends)\b/gi;
// The clause ends with the sentence; the predicate of its subject follows in the same one.
const clause = /(?:^|[,;:(–]\s*|\b(?:and|but|or|that|because|if|when|while|so|whether|where)\s+)what\b([^,;:]*)/gi;

export function isFinding(sentence) {
	if (persons.test(sentence) || indefinite.test(sentence)) return true;
	if (sentence.endsWith('?')) return false;
	if (/^\W*what\b/i.test(sentence)) return true;
	// Two verbs: one of the clause, one of the sentence whose subject it is. With one verb the clause is an object.
	return [...sentence.matchAll(clause)].some(([, rest]) => (rest.match(verb)?.length ?? 0) >= 2);
}

/** A text is a list of {line, text} that belong together, such as the lines of a comment. */
function sentencesOf(lines) {
	const joined = [];
	let text = '';
	for (const { line, text: part } of lines) {
		joined.push({ at: text.length, line });
		text += `${part.trim()} `;
	}
	const lineAt = (at) => joined.findLast((entry) => entry.at <= at)?.line;
	return [...text.matchAll(/[^.!?:;|]+(?:[.!?:;|]+(?!\s|$)[^.!?:;|]*)*[.!?:;|]*/g)]
		.map(({ 0: raw, index }) => ({ raw, at: index + raw.search(/\S/) }))
		.filter(({ raw }) => /\S/.test(raw))
		.map(({ raw, at }) => ({ sentence: raw.trim(), line: lineAt(at + wordAt(raw.trim())) }));
}

/** The line that is reported is the one with the word in it. */
function wordAt(sentence) {
	return Math.max(
		0,
		sentence.search(/\b(who|whoever|whom|whomever|what|some(body|one)|any(body|one)|every(body|one)|nobody)\b/i),
	);
}

function parse(source, file) {
	return ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
}

function scriptTexts(source, file) {
	const tree = parse(source, file);
	const texts = [];
	const visit = (node) => {
		if (isText(node)) texts.push([{ line: lineOf(tree, node.getStart()), text: literal(node) }]);
		for (const child of node.getChildren()) visit(child);
	};
	visit(tree);
	return [...texts, ...scriptComments(source, file)];
}

function scriptComments(source, file) {
	const tree = parse(source, file);
	const comments = new Map();
	const visit = (node) => {
		for (const range of [
			...(ts.getLeadingCommentRanges(source, node.pos) ?? []),
			...(ts.getTrailingCommentRanges(source, node.end) ?? []),
		]) {
			comments.set(range.pos, source.slice(range.pos, range.end));
		}
		for (const child of node.getChildren()) visit(child);
	};
	visit(tree);
	return commentTexts([...comments].map(([at, text]) => ({ line: lineOf(tree, at), text })));
}

function lineOf(tree, at) {
	return tree.getLineAndCharacterOfPosition(at).line + 1;
}

function isText(node) {
	return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node);
}

/** The text of a literal. The expressions of a template stand in it as one word. */
function literal(node) {
	if (!ts.isTemplateExpression(node)) return node.text;
	return [node.head.text, ...node.templateSpans.map((span) => `X${span.literal.text}`)].join('');
}

/** Line comments that follow each other are one text. */
function commentTexts(comments) {
	const texts = [];
	let last;
	for (const { line, text } of comments.sort((one, other) => one.line - other.line)) {
		const lines = text
			.replace(/\*\/$/, '')
			.split('\n')
			.map((part, index) => ({ line: line + index, text: part.replace(/^\s*(\/\/+|\/\*+|\*)\s?/, '') }));
		if (text.startsWith('//') && last?.text.startsWith('//') && last.line === line - 1) texts.at(-1).push(...lines);
		else texts.push(...paragraphsOf(lines));
		last = { line, text };
	}
	return texts;
}

function testNames(source, file) {
	const tree = parse(source, file);
	const names = [];
	const visit = (node) => {
		if (ts.isCallExpression(node) && /^(it|test|describe)\b/.test(node.expression.getText())) {
			const [name] = node.arguments;
			if (name !== undefined && isText(name)) {
				names.push([{ line: lineOf(tree, name.getStart()), text: literal(name) }]);
			}
		}
		ts.forEachChild(node, visit);
	};
	visit(tree);
	return names;
}

/** Inline code, a quoted word, and the name of a test after the file that it is in: such names are read where they are defined. */
const code = /`[^`]*`(?: "[^"]*")*|"\w+"/g;

function markdownTexts(source) {
	const lines = source
		.split('\n')
		.map((text, index) => ({ line: index + 1, text: text.replace(code, 'X').replace(/\*\*/g, '') }));
	return paragraphsOf(lines);
}

/** Paragraphs end at an empty line; a heading, an item of a list and a row of a table are paragraphs of their own. */
function paragraphsOf(lines) {
	const paragraphs = [[]];
	for (const { line, text } of lines) {
		const start = /^\s*(#+|[-*+]|\d+\.|>|\||@\w+)(?=\s)/.exec(text);
		if (start !== null || text.trim() === '') paragraphs.push([]);
		paragraphs.at(-1).push({ line, text: text.slice(start?.[0].length ?? 0) });
		if (/^\s*#/.test(text)) paragraphs.push([]);
	}
	return paragraphs.filter((paragraph) => paragraph.some(({ text }) => text.trim() !== ''));
}

function cppTexts(source) {
	const comments = [];
	const texts = [];
	const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'/g;
	for (const { 0: text, index } of source.matchAll(token)) {
		const line = source.slice(0, index).split('\n').length;
		if (text.startsWith('/')) comments.push({ line, text });
		else texts.push([{ line, text: text.slice(1, -1) }]);
	}
	return [...texts, ...commentTexts(comments)];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const wanted = process.argv.length > 2 ? process.argv.slice(2) : areaNames;
	const found = wanted.flatMap((area) => findings(area));
	for (const { file, line, sentence } of found) console.log(`${file}:${line}: ${sentence}`);
	console.log(`${found.length} findings`);
	process.exitCode = found.length === 0 ? 0 : 1;
}
