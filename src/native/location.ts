import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** `require` of the package itself. Not at the top of a module: a bundle has no package around it, and then only a call fails. */
export function packageRequire(): NodeJS.Require {
	return createRequire(import.meta.url);
}

/** Finds the binary for this process. Throws only if the host has no file system for it. */
export function locateAddon(): AddonLocation {
	const require = packageRequire();
	// As far up from `src/native` as from `dist/native` and `cjs/native`.
	const folder = join(dirname(fileURLToPath(import.meta.url)), '../../lib-native');
	const musl = isMusl(require);
	const { platform, arch } = process;
	const prebuilt = join(folder, `prebuilds/${platform}-${arch}/ringwire.${musl ? 'musl' : 'glibc'}.node`);
	const built = join(folder, 'build/Release/ringwire.node');
	const search = { target: `${platform}${musl ? 'musl' : ''}-${arch}`, candidates: [built, prebuilt], folder };
	// node-gyp-build takes every system without /etc/alpine-release for one with glibc.
	const found = find(require, folder, [built, prebuilt])?.replace(
		/\b(glibc|musl)\.node$/,
		`${musl ? 'musl' : 'glibc'}.node`,
	);
	if (found === undefined || !existsSync(found)) return { ...search, file: undefined, origin: undefined };
	return { ...search, file: found, origin: found.includes('prebuilds') ? 'prebuilt' : 'built' };
}

/** Asks node-gyp-build. The permission model may forbid the files by which it recognises the system; then the first candidate that exists is taken. */
function find(require: NodeJS.Require, folder: string, candidates: readonly string[]): string | undefined {
	let resolve: (folder: string) => string;
	try {
		({ resolve } = require('node-gyp-build') as { resolve(folder: string): string });
	} catch (error) {
		if (!isDenied(error)) throw error;
		return candidates.find((file) => existsSync(file));
	}
	try {
		return resolve(folder);
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

/** The C library of this system, as in `glibc 2.36`. */
export function describeLibc(): string {
	const { familySync, versionSync } = detectLibc(packageRequire());
	return `${familySync() ?? 'unknown libc'} ${versionSync() ?? ''}`.trimEnd();
}

function isMusl(require: NodeJS.Require): boolean {
	return process.platform === 'linux' && detectLibc(require).familySync() === 'musl';
}

interface DetectLibc {
	familySync(): string | null;
	versionSync(): string | null;
}

function detectLibc(require: NodeJS.Require): DetectLibc {
	return require('detect-libc') as DetectLibc;
}
