import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMusl } from './libc.js';
import { packageRequire } from './package-require.js';

/** Where the addon is, or was looked for. */
export interface AddonLocation {
	/** The binary that this process loads; undefined: there is none for it. */
	readonly file: string | undefined;
	/** Whether it was built on this machine or came with the package. */
	readonly origin: 'built' | 'prebuilt' | undefined;
	/** The name of the prebuilt binary for this system, as in `ringwire/linuxmusl-x64`. */
	readonly target: string;
	/** Files in the order of the search. */
	readonly candidates: readonly string[];
	/** The folder with the sources of the addon. */
	readonly folder: string;
}

/** Finds the binary for this process. Throws only if the host has no file system for it. */
export function locateAddon(): AddonLocation {
	// As far up from `src/native` as from `dist/native` and `cjs/native`.
	const folder = join(dirname(fileURLToPath(import.meta.url)), '../../lib-native');
	const musl = isMusl();
	const { platform, arch } = process;
	const prebuilt = join(folder, `prebuilds/${platform}-${arch}/ringwire.${musl ? 'musl' : 'glibc'}.node`);
	const built = join(folder, 'build/Release/ringwire.node');
	const candidates = [built, prebuilt];
	const search = { target: `${platform}${musl ? 'musl' : ''}-${arch}`, candidates, folder };
	const found = candidates.find((file) => existsSync(file)) ?? findElsewhere(folder, musl);
	if (found === undefined || !existsSync(found)) return { ...search, file: undefined, origin: undefined };
	return { ...search, file: found, origin: found.includes('prebuilds') ? 'prebuilt' : 'built' };
}

/**
 * Asks node-gyp-build, which knows other places and names than those of the candidates. Its loading takes longer than a look at those. The
 * permission model may forbid the package, and the files by which it recognises the system.
 */
function findElsewhere(folder: string, musl: boolean): string | undefined {
	let resolve: (folder: string) => string;
	try {
		({ resolve } = packageRequire()('node-gyp-build') as { resolve(folder: string): string });
	} catch (error) {
		if (!isDenied(error)) throw error;
		return undefined;
	}
	try {
		// It takes every system without /etc/alpine-release for one with glibc.
		return resolve(folder).replace(/\b(glibc|musl)\.node$/, `${musl ? 'musl' : 'glibc'}.node`);
	} catch {
		return undefined;
	}
}

/** Whether the permission model of Node forbade something. */
export function isDenied(
	error: unknown,
): error is Error & { readonly permission?: string; readonly resource?: string } {
	return error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED';
}
