/**
 * The code in README, CONTRIBUTING and docs. Every `ts` and `js` block is type-checked against the public types; every `sh` block is
 * parsed, and the scripts and programs that it names exist. The info string of a block says what else is done with it:
 *
 *     ```ts file=reader.ts                   a module that other blocks of the page can import
 *     ```js file=reader.mjs run=ticks        run by Node; all blocks of a page with the same `run` are processes of the same time
 *     ```sh file=pipe.sh run=pipe            run by bash, with `ringwire` in the path
 *     ```text output=reader.mjs              what that file prints
 *
 * Names that a block uses without declaring them are in docs/internals/prelude.d.ts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Block, blocksOf, markdownPages, root } from './support/markdown.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

/** Below the package, so that `ringwire`, `rxjs` and `ix` are found as they are in a project that has installed them. */
const folder = join(root, 'build/snippets');
const prelude = join(root, 'docs/internals/prelude.d.ts');
const blocks = markdownPages().flatMap(blocksOf);
const extensions: Record<string, string> = { ts: 'ts', js: 'mjs', mjs: 'mjs' };

const code = blocks.filter(({ language }) => language in extensions);
const shell = blocks.filter(({ language }) => language === 'sh');
/** The blocks of a page with the same `run`. */
const scenes = new Map<string, Block[]>();
for (const block of [...code, ...shell]) {
	if (!block.info.has('run')) continue;
	const scene = `${block.page} ${block.info.get('run')}`;
	scenes.set(scene, [...(scenes.get(scene) ?? []), block]);
}

/** Where the block is written to. */
function fileOf({ page, line, language, info }: Block): string {
	const name = info.get('file') ?? `line-${line}.${extensions[language] ?? language}`;
	return join(folder, page.replace(/\.md$/, ''), name);
}

beforeAll(() => {
	rmSync(folder, { recursive: true, force: true });
	for (const block of [...code, ...shell]) {
		const file = fileOf(block);
		if (existsSync(file)) throw new Error(`${block.page}:${block.line}: a second block with this file name`);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, block.text);
		if (block.language === 'ts') writeFileSync(file.replace(/\.ts$/, '.js'), ts.transpile(block.text, emitted));
	}
	mkdirSync(join(folder, 'bin'));
	writeFileSync(
		join(folder, 'bin/ringwire'),
		`#!/bin/sh\nexec "${process.execPath}" "${root}dist/cli/main.js" "$@"\n`,
	);
	chmodSync(join(folder, 'bin/ringwire'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const emitted = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };

test('every block of code is valid against the public types', () => {
	const files = code.map(fileOf);
	const program = ts.createProgram([prelude, ...files], {
		...compilerOptions(),
		noEmit: true,
		allowJs: true,
		checkJs: true,
		noUnusedLocals: false,
		noUnusedParameters: false,
	});
	expect(ts.getPreEmitDiagnostics(program).map(describeDiagnostic)).toEqual([]);
});

test('every block is of a language that is checked, or is not code', () => {
	const known = ['', 'text', 'sh', 'console', 'json', 'dockerfile', 'yaml', 'cpp', ...Object.keys(extensions)];
	expect(blocks.filter(({ language }) => !known.includes(language)).map(placeOf)).toEqual([]);
});

test.each(shell)('$page:$line is shell, and the scripts that it names exist', (block) => {
	const { status, stderr } = spawnSync('bash', ['-n'], { input: block.text, encoding: 'utf8' });
	expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
	const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	for (const [, script = ''] of block.text.matchAll(/\bnpm run ([\w-]+)/g)) expect(scripts).toHaveProperty(script);
	for (const [, program = ''] of block.text.matchAll(/\bscripts\/run\.mjs (\S+)/g)) {
		expect(existsSync(join(root, `${program}.ts`)), `${program}.ts`).toBe(true);
	}
});

describe('blocks that are run end well, and print what the page shows', () => {
	test.each([...scenes])('%s', async (_scene, processes) => {
		const ended = await Promise.all(processes.map(run));
		for (const { block, status, errors, output } of ended) {
			expect({ place: placeOf(block), status, errors }).toEqual({ place: placeOf(block), status: 0, errors: '' });
			const shown = blocks.find(
				({ page, info }) => page === block.page && info.get('output') === block.info.get('file'),
			);
			if (shown !== undefined) expect(output).toBe(shown.text);
		}
	});

	test('every output that a page shows is that of a block which is run', () => {
		const outputs = blocks.filter(({ info }) => info.has('output'));
		const isRun = ({ page, info }: Block) =>
			[...scenes.values()]
				.flat()
				.some((block) => block.page === page && block.info.get('file') === info.get('output'));
		expect(outputs.filter((block) => !isRun(block)).map(placeOf)).toEqual([]);
	});
});

async function run(block: Block) {
	const file = fileOf(block);
	const [command, ...args] =
		block.language === 'sh' ? ['bash', '-eu', file] : [process.execPath, file.replace(/\.ts$/, '.js')];
	const env = { ...process.env, PATH: `${join(folder, 'bin')}:${dirname(process.execPath)}:${process.env.PATH}` };
	const child = spawn(command, args, { cwd: dirname(file), env, stdio: ['ignore', 'pipe', 'pipe'] });
	const [output, errors, [code, signal]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, 'close'),
	]);
	return { block, status: code ?? signal, output, errors };
}

function placeOf({ page, line }: Block): string {
	return `${page}:${line}`;
}

/** Those of the package itself, so that `ringwire` means the sources and no build is needed to check types. */
function compilerOptions(): ts.CompilerOptions {
	const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
	return ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root).options;
}

/** A diagnostic at its place in the page. */
function describeDiagnostic({ file, start = 0, messageText }: ts.Diagnostic): string {
	const message = ts.flattenDiagnosticMessageText(messageText, '\n');
	const block = code.find((candidate) => fileOf(candidate) === file?.fileName);
	if (file === undefined || block === undefined) return `${file?.fileName}: ${message}`;
	const { line } = file.getLineAndCharacterOfPosition(start);
	return `${block.page}:${block.line + 1 + line}: ${message}`;
}
