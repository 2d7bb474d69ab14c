/** Packages that only some tests need, in versions that a lock file pins: packaging/NAME is installed into a folder of build/packaging. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './project.js';

/** Resolves with the folder `node_modules` of the packages. Several test files may call it at the same time. */
export async function installed(name: string, flags: readonly string[] = []): Promise<string> {
	const lock = readFileSync(repository(`packaging/${name}/package-lock.json`));
	const version = createHash('sha256').update(lock).digest('hex').slice(0, 8);
	const folder = repository(`build/packaging/${name}-${version}`);
	if (!existsSync(folder)) {
		mkdirSync(dirname(folder), { recursive: true });
		const own = mkdtempSync(`${folder}-`);
		chmodSync(own, 0o755); // mkdtemp lets nobody else in
		cpSync(repository(`packaging/${name}`), own, { recursive: true });
		await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...flags], { cwd: own });
		moveUnlessThere(own, folder);
	}
	return join(folder, 'node_modules');
}

function moveUnlessThere(own: string, folder: string): void {
	try {
		renameSync(own, folder);
	} catch (error) {
		if (!existsSync(folder)) throw error;
		rmSync(own, { recursive: true });
	}
}

/** Installs these packages of Debian if they are missing, or throws. */
export async function needDebian(packages: readonly string[]): Promise<void> {
	const script: { needDebianPackages(names: readonly string[]): Promise<string | undefined> } = await import(
		repository('scripts/debian-packages.mjs')
	);
	const missing = await script.needDebianPackages(packages);
	if (missing !== undefined) throw new Error(missing);
}
