import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textOf } from './files.js';
import { type Finding, ok, warning } from './finding.js';

const depthMax = 4;

/** The copies of the package that programs in `project` may load, and this one. */
export function checkCopies(project = process.cwd()): Finding {
	const own = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
	const copies = [...new Set([own, ...copiesBelow(project, depthMax), ...copiesAbove(project)].map(real))];
	const found = copies.map((copy) => `${versionOf(copy)} in ${copy}`).join(', ');
	if (copies.length === 1) return ok('package', found);
	const advice = 'install one version (npm ls ringwire, npm dedupe): each copy loads an addon of its own';
	return warning('package', `${copies.length} copies: ${found}`, advice);
}

function copiesBelow(folder: string, depth: number): string[] {
	const modules = join(folder, 'node_modules');
	const packages = namesOf(modules).flatMap((name) => {
		if (name === '.pnpm') return namesOf(join(modules, name)).map((entry) => join(name, entry));
		if (name.startsWith('@')) return namesOf(join(modules, name)).map((entry) => join(name, entry));
		return name.startsWith('.') ? [] : [name];
	});
	const here = versionOf(join(modules, 'ringwire')) === undefined ? [] : [join(modules, 'ringwire')];
	if (depth === 0) return here;
	return [...here, ...packages.flatMap((name) => copiesBelow(join(modules, name), depth - 1))];
}

function copiesAbove(folder: string): string[] {
	const copy = join(folder, 'node_modules/ringwire');
	const here = versionOf(copy) === undefined ? [] : [copy];
	return dirname(folder) === folder ? here : [...here, ...copiesAbove(dirname(folder))];
}

function versionOf(folder: string): string | undefined {
	const text = textOf(join(folder, 'package.json'));
	const manifest: { version?: string } = text === undefined ? {} : JSON.parse(text);
	return manifest.version;
}

/** Not of links: a package manager links one copy from many places. */
function namesOf(folder: string): string[] {
	try {
		const entries = readdirSync(folder, { withFileTypes: true });
		return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
	} catch {
		return [];
	}
}

function real(folder: string): string {
	return realpathSync(folder);
}
