/** The binary for musl, in Bun for musl under musl's own loader. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { checkPair, checkWorkers, Parties } from './support/parties.js';
import { repository } from './support/project.js';
import { installed, needDebian } from './support/tools.js';

const parties = new Parties('musl');
const musl = 'Bun on musl';

beforeAll(async () => {
	await needDebian(['musl', 'musl-tools']);
	// Forced: npm refuses a package for another libc.
	const [packages] = await Promise.all([installed('musl', ['--force']), parties.install()]);
	const libraries = join(packages, '../libraries');
	rmSync(libraries, { recursive: true, force: true });
	mkdirSync(libraries);
	const names = join(libraries, 'ld-linux-x86-64.so.2');
	execFileSync('musl-gcc', ['-shared', '-fPIC', '-o', names, repository('packaging/musl/libc_names.c')]);
	for (const library of ['libstdc++.so.6', 'libgcc_s.so.1']) symlinkSync(fileOf(library), join(libraries, library));
	parties.commands[musl] = [
		...['env', `LD_LIBRARY_PATH=${libraries}`, `LD_PRELOAD=${names}`],
		`${packages}/@oven/bun-linux-x64-musl/bin/bun`,
	];
});

test('the binary for musl is loaded', async () => {
	const cli = 'node_modules/ringwire/dist/cli/main.js';
	const { lines } = await parties.started(musl, cli, 'doctor').finished();
	expect(lines[0]).toMatch(/^ok +addon +.*\/linux-x64\/ringwire\.musl\.node/);
	expect(lines.find((line) => line.includes('system'))).toContain('musl');
});

/** The dynamic symbols and libraries that this binary expects from its process. */
function needsOf(binary: string): string[] {
	const file = join(
		parties.project.folder,
		'node_modules/ringwire/lib-native/prebuilds',
		binary,
		'ringwire.musl.node',
	);
	const text = execFileSync('readelf', ['--wide', '--dynamic', '--dyn-syms', file], { encoding: 'utf8' });
	return [...text.matchAll(/\bUND (\S+)|\(NEEDED\).*\[(.*)\]/g)].map(
		([, symbol, library]) => symbol ?? library ?? '',
	);
}

// There is no loader of musl for arm64 to be had as a package of this machine.
test('the binary for musl on arm64 needs nothing that the one for x64 does not, which runs here', () => {
	const [arm64, x64] = [needsOf('linux-arm64'), needsOf('linux-x64')];
	expect(arm64).toContain('libc.so');
	expect(arm64).toContain('napi_create_function');
	expect(arm64.filter((need) => !x64.includes(need))).toEqual([]);
});

checkWorkers(parties, musl);
checkPair(parties, musl, 'Node');
checkPair(parties, 'Node', musl);
checkPair(parties, musl, musl);

function fileOf(library: string): string {
	return execFileSync('gcc', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim();
}
