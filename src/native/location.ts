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
	const { resolve } = require('node-gyp-build') as { resolve(folder: string): string };
	let found: string;
	try {
		// node-gyp-build takes every system without /etc/alpine-release for one with glibc.
		found = resolve(folder).replace(/\b(glibc|musl)\.node$/, musl ? 'musl.node' : 'glibc.node');
	} catch {
		return { ...search, file: undefined, origin: undefined };
	}
	if (!existsSync(found)) return { ...search, file: undefined, origin: undefined };
	return { ...search, file: found, origin: found.includes('prebuilds') ? 'prebuilt' : 'built' };
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
