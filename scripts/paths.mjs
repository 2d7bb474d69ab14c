// The paths of the project, and the files that count as sources.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const fromRoot = (...parts) => join(root, ...parts);
export const nodeModule = (...parts) => fromRoot('node_modules', ...parts);

const builtFolders = new Set(['node_modules', 'build', 'out', 'dist', 'cjs']);

/** All files below `folders` of `base`, sorted, as paths from `base`, without built ones. `folders` may contain files. */
export function filesBelow(folders, base = root) {
	const found = [];
	const visit = (path) => {
		for (const entry of readdirSync(path, { withFileTypes: true })) {
			if (!entry.isDirectory()) found.push(relative(base, join(path, entry.name)));
			else if (!builtFolders.has(entry.name)) visit(join(path, entry.name));
		}
	};
	for (const folder of folders) {
		const path = join(base, folder);
		if (!existsSync(path)) continue;
		try {
			visit(path);
		} catch (error) {
			if (error.code !== 'ENOTDIR') throw error;
			found.push(folder);
		}
	}
	return found.sort();
}

export const cppFiles = () => filesBelow(['lib-native']).filter((file) => /\.(h|cc)$/.test(file));
