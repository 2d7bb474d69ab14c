import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NativeAddon, NativeFailure } from './boundary.js';

/** The same two folders up from `src/native` and from `dist/native`. */
const folder = fileURLToPath(new URL('../../lib-native', import.meta.url));

let addon: NativeAddon | undefined;

/** The addon, which the first call loads. Throws `AddonMissing`. */
export function loadAddon(): NativeAddon {
	addon ??= leavingAtExit(load());
	return addon;
}

/** `process.exit` tears no environment down. Peers report the death of a process that fails, and an ordinary departure otherwise. */
function leavingAtExit(loaded: NativeAddon): NativeAddon {
	process.once('exit', (code) => loaded.leaveAll(code === 0));
	return loaded;
}

/** There is no binary that this process can load, or the process may not load one. */
export class AddonMissing extends Error implements NativeFailure {
	readonly code = 'ERR_RINGWIRE_UNSUPPORTED';
}

function load(): NativeAddon {
	try {
		// node-gyp-build has no types; it returns the exports of the binary.
		const find = createRequire(import.meta.url)('node-gyp-build') as (folder: string) => NativeAddon;
		return find(folder);
	} catch (cause) {
		throw new AddonMissing(reasonOf(cause), { cause });
	}
}

function reasonOf(cause: unknown): string {
	const here = `${process.platform} ${process.arch}, Node ${process.version}`;
	const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
	if (code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED') {
		const remedy = 'run it without --no-addons, or with --allow-addons';
		return `ringwire needs its native addon, and this process may not load one: ${remedy}`;
	}
	if (process.platform !== 'linux') return `ringwire runs on Linux; this is ${here}`;
	const remedy = existsSync(`${folder}/binding.gyp`)
		? `build it: npm install node-addon-api && npx node-gyp rebuild -C ${folder} (in a checkout of ringwire: npm run set-up)`
		: 'the package is incomplete, install it again';
	const what = code === 'ERR_DLOPEN_FAILED' ? 'the native addon does not load' : 'there is no native addon';
	return `${what} for ${here} in ${folder}: ${remedy}`;
}
