// npm run test:package: the tarball, installed into throw-away projects of every kind of user.
//
//   npm run test:package                 everything, with the binaries of all platforms
//   npm run test:package -- --short      as in npm test: with the addon of this machine, and only the files of `shortForm`
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pack } from './pack.mjs';
import { nodeModule } from './paths.mjs';
import { run } from './tool.mjs';

const shortForm = ['contents', 'modules', 'runtimes'];

/** Resolves with whether everything passed. `filters` are those of vitest. */
export async function testPackage({ short = false, filters = [] } = {}) {
	const tarball = await pack({ hostOnly: short });
	if (tarball === undefined) return false;
	const wanted = short ? shortForm.map((name) => `packaging/test/${name}.test.ts`) : filters;
	const args = [nodeModule('vitest/vitest.mjs'), 'run', '--config', 'packaging/vitest.config.ts', ...wanted];
	return run(process.execPath, args, { env: { ...process.env, RINGWIRE_TARBALL: tarball } });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const { values, positionals } = parseArgs({ options: { short: { type: 'boolean' } }, allowPositionals: true });
	process.exitCode = (await testPackage({ short: values.short === true, filters: positionals })) ? 0 : 1;
}
