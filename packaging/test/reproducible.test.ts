/** Two builds of the same source give the same tarball: this compares that of the other tests with one from a new folder and empty caches. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Project, repository, tarball } from './support/project.js';

const minutes = 60_000;

test('a second build, in another folder and with empty caches, gives the same bytes', {
	timeout: 60 * minutes,
}, async () => {
	const project = new Project('reproducible', {});
	const folder = join(project.folder, 'another-folder-with-a-longer-name');
	const caches = { npm_config_cache: join(folder, 'npm'), XDG_CACHE_HOME: join(folder, 'cache') };
	const checkout = join(folder, 'checkout');
	rmSync(folder, { recursive: true, force: true });
	await copyOfSource(project, checkout);
	const packed = await project.run(process.execPath, [join(checkout, 'scripts/pack.mjs')], caches);
	expect(packed, packed.errors).toMatchObject({ status: 0 });
	const [name = ''] = readdirSync(join(checkout, 'build/package')).filter((file) => file.endsWith('.tgz'));
	const second = join(checkout, 'build/package', name);
	expect(await filesIn(project, second, 'second')).toEqual(await filesIn(project, tarball, 'first'));
	expect(sha256(second)).toBe(sha256(tarball));
	rmSync(folder, { recursive: true, force: true });
});

/** What a clone of the current tree has: no build, no installed package. */
async function copyOfSource(project: Project, target: string): Promise<void> {
	const args = ['-C', repository('.'), 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
	const { output } = await project.run('git', args);
	const files = output.split('\0').filter((file) => file !== '' && statSync(repository(file)).isFile());
	expect(files).toContain('package.json');
	for (const file of files) {
		mkdirSync(dirname(join(target, file)), { recursive: true });
		cpSync(repository(file), join(target, file));
	}
}

/** The files of a tarball with their digests, which names the file that differs. */
async function filesIn(project: Project, path: string, name: string): Promise<Record<string, string>> {
	const folder = join(project.folder, name);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	expect(await project.run('tar', ['xzf', path, '-C', folder])).toMatchObject({ status: 0 });
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
	return Object.fromEntries(
		files.filter((file) => statSync(join(folder, file)).isFile()).map((file) => [file, sha256(join(folder, file))]),
	);
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
