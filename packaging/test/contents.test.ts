/** What is in the tarball, and what `npm run pack` refuses. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Project, projects, repository, tarball } from './support/project.js';

const unpacked = new Project('contents', {});
const folder = join(unpacked.folder, 'package');
const text = (file: string) => readFileSync(join(folder, file), 'utf8');
let files: readonly string[];
beforeAll(async () => {
	await unpack(unpacked);
	files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
});

async function unpack(project: Project): Promise<void> {
	rmSync(join(project.folder, 'package'), { recursive: true, force: true });
	expect(await project.run('tar', ['xzf', tarball])).toMatchObject({ status: 0 });
}

test('npm runs no program of the package when it installs it', () => {
	const { scripts, optionalDependencies } = JSON.parse(text('package.json')) as Record<string, object>;
	const names = Object.keys(scripts ?? {});
	expect(names.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
	expect(optionalDependencies).toBeUndefined();
	// npm compiles a package with this file in its root.
	expect(files).not.toContain('binding.gyp');
});

test('the license is MIT, in the manifest and in the file', () => {
	expect(JSON.parse(text('package.json'))).toMatchObject({ license: 'MIT', os: ['linux'] });
	expect(text('LICENSE')).toMatch(/^MIT License\n/);
});

test('every link of a page is absolute or leads to a file of the tarball', () => {
	const broken = files
		.filter((file) => file.endsWith('.md'))
		.flatMap((page) =>
			[...text(page).matchAll(/\]\(([^)\s#]+)/g)]
				.map(([, target = '']) => target)
				.filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(folder, dirname(page), target)))
				.map((target) => `${page}: ${target}`),
		);
	expect(broken).toEqual([]);
});

test('every map leads to its source in the tarball, and does not repeat it', () => {
	const maps = files.filter((file) => file.endsWith('.map'));
	expect(maps).not.toEqual([]);
	for (const map of maps) {
		const { sources, sourcesContent } = JSON.parse(text(map)) as { sources: string[]; sourcesContent?: unknown };
		expect(sourcesContent).toBeUndefined();
		expect(
			sources.map((source) => normalize(join(dirname(map), source))).filter((source) => !files.includes(source)),
		).toEqual([]);
	}
});

const prebuilds = 'lib-native/prebuilds';
const binaries = ['x64', 'arm64'].flatMap((arch) =>
	['glibc', 'musl'].map((libc) => `${prebuilds}/linux-${arch}/ringwire.${libc}.node`),
);

/** Packs a copy of the tarball's files as `npm run pack` does. It has all binaries, also if the tarball has only the one of this machine. */
async function packChanged(change: (file: (path: string) => string) => void) {
	const project = new Project('contents-changed', {});
	await unpack(project);
	const file = (path: string) => join(project.folder, 'package', path);
	for (const binary of binaries) {
		mkdirSync(dirname(file(binary)), { recursive: true });
		if (!existsSync(file(binary))) writeFileSync(file(binary), '');
	}
	change(file);
	const destination = join(projects, 'contents-tarballs');
	rmSync(destination, { recursive: true, force: true });
	project.write({
		'pack.mjs': `
			import { makeTarball } from ${JSON.stringify(repository('scripts/tarball.mjs'))};
			process.exitCode = (await makeTarball('package', ${JSON.stringify(destination)})) === undefined ? 1 : 0;`,
	});
	const { status, errors } = await project.node(['pack.mjs']);
	return { status, errors: errors.split('\n').filter((line) => line !== ''), packed: readdirSync(destination) };
}

describe('npm run pack', () => {
	test('packs a package that is complete', async () => {
		const packed = [expect.stringMatching(/^ringwire-.*\.tgz$/)];
		expect(await packChanged(() => {})).toEqual({ status: 0, errors: [], packed });
	});

	test('refuses a package that lacks a binary, a page, or an entry, and leaves no tarball', async () => {
		const files = ['LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...binaries];
		const entries = ['dist/streams/index.js', 'cjs/index.d.ts', 'static/linux-arm64.cjs', 'dist/cli/main.js'];
		const missing = [...files, ...entries];
		const { status, errors, packed } = await packChanged((file) => {
			for (const path of missing) rmSync(file(path));
		});
		expect({ status, packed }).toEqual({ status: 1, packed: [] });
		expect(errors.sort()).toEqual(missing.map((path) => `pack: ${path} is missing`).sort());
	});

	test('refuses a package that lacks one binary', async () => {
		const [binary = ''] = binaries;
		const refused = { status: 1, errors: [`pack: ${binary} is missing`], packed: [] };
		expect(await packChanged((file) => rmSync(file(binary)))).toEqual(refused);
	});

	test('refuses a package with a file that is not on the list, and leaves no tarball', async () => {
		const extra = [
			...['cjs/index.js.map', 'dist/index.js.bak', 'docs/notes.txt', 'lib-native/core/layout.o'],
			...[`${prebuilds}/linux-x64/ringwire.musl.node.debug`, `${prebuilds}/linux-x64/ringwire.old.node`],
			...['src/notes.md', 'static/linux-x64.node'],
		];
		const { status, errors, packed } = await packChanged((file) => {
			for (const path of extra) writeFileSync(file(path), '');
		});
		expect({ status, packed }).toEqual({ status: 1, packed: [] });
		expect(errors.sort()).toEqual(extra.map((path) => `pack: ${path} is not on the list of what may be published`));
	});

	test('refuses a package of more than 2 MB, and leaves no tarball', async () => {
		const errors = [expect.stringMatching(/^pack: the tarball has \d{7} bytes, more than 2000000$/)];
		const refused = { status: 1, errors, packed: [] };
		expect(await packChanged((file) => writeFileSync(file('docs/large.png'), randomBytes(2_000_000)))).toEqual(
			refused,
		);
	});
});
