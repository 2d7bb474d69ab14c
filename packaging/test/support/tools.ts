/** Packages that only some tests need, in versions that a lock file pins: packaging/NAME is installed into build/packaging/NAME. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './project.js';

/** Resolves with the folder `node_modules` of the packages. */
export async function installed(name: string, flags: readonly string[] = []): Promise<string> {
	const folder = repository(`build/packaging/${name}`);
	const wanted = readFileSync(repository(`packaging/${name}/package-lock.json`), 'utf8');
	const stamp = join(folder, 'installed');
	if (read(stamp) !== wanted) {
		mkdirSync(folder, { recursive: true });
		cpSync(repository(`packaging/${name}`), folder, { recursive: true });
		await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...flags], {
			cwd: folder,
		});
		writeFileSync(stamp, wanted);
	}
	return join(folder, 'node_modules');
}

/** Installs these packages of Debian if they are missing, or throws. */
export async function needDebian(packages: readonly string[]): Promise<void> {
	const script: { needDebianPackages(names: readonly string[]): Promise<string | undefined> } = await import(
		repository('scripts/debian-packages.mjs')
	);
	const missing = await script.needDebianPackages(packages);
	if (missing !== undefined) throw new Error(missing);
}

function read(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}
