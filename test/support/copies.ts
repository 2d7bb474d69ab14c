/** Copies of the whole package, compiled library and addon, in folders of their own, as two versions of a dependency are. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { addonFile } from './addon.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where a program imports the copy from. */
export function copyOfPackage(): string {
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-copy-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
	cpSync(addonFile(), join(folder, 'lib-native/build/Release/ringwire.node'));
	symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
	const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	return pathToFileURL(join(folder, exports['.'].import.default)).href;
}
