import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defectOf } from './binary-file.js';
import type { NativeAddon, NativeFailure } from './boundary.js';
import { type AddonLocation, isDenied, locateAddon } from './location.js';
import { packageRequire } from './package-require.js';

/** Where `ringwire/linux-x64` and its like put the addon, for a bundle, which has no folder to look in. Two versions do not share it. */
export const handedOverKey: unique symbol = Symbol.for('ringwire 0.1 addon');

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
	const handedOver = (globalThis as { [handedOverKey]?: NativeAddon })[handedOverKey];
	if (handedOver !== undefined) return handedOver;
	let location: AddonLocation | undefined;
	try {
		// webpack replaces `createRequire` with undefined, and `import.meta.url` with the path at the time of the build, where the file may still be.
		if (typeof packageRequire() !== 'function') throw new Error('its code is in a bundle');
		location = locateAddon();
		if (location.file === undefined) throw new AddonMissing(nothingFound(location));
		const defect = process.platform === 'linux' ? defectOf(location.file) : undefined;
		if (defect !== undefined) throw new AddonMissing(`${notLoaded(location.file)}: ${defect}; ${remedy(location)}`);
		const loaded = packageRequire()(location.file) as Partial<NativeAddon>;
		// Deno drops the exception of an addon that refuses its environment.
		if (loaded.openReader === undefined) throw new AddonMissing(refused('it has no event loop to run on'));
		return loaded as NativeAddon;
	} catch (cause) {
		if (cause instanceof AddonMissing) throw cause;
		throw new AddonMissing(reasonOf(cause, location), { cause });
	}
}

function reasonOf(cause: unknown, location: AddonLocation | undefined): string {
	const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
	const name = cause instanceof Error ? cause.name : undefined;
	if (isDenied(cause) && cause.permission === 'FileSystemRead') {
		const way = `run it with --allow-fs-read for the package (${cause.resource})`;
		return `ringwire needs its native addon, and this process may not read it: ${way}`;
	}
	if (code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED') {
		const way = 'run it without --no-addons, or with --allow-addons';
		return `ringwire needs its native addon, and this process may not load one: ${way}`;
	}
	if (name === 'NotCapable' || name === 'PermissionDenied') {
		const way = 'run it with --allow-ffi, --allow-read, --allow-env and --allow-sys';
		return `ringwire needs its native addon, and this process may not load one: ${way}`;
	}
	const text = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown reason';
	if (code === 'ERR_RINGWIRE_UNSUPPORTED') return refused(text);
	if (location?.file !== undefined) return `${notLoaded(location.file)}: ${text}; ${remedy(location)}`;
	return packageNotFound(text);
}

/** The code is in a bundle, whose package is on the machine where it was made. */
function packageNotFound(reason: string): string {
	return `ringwire does not find its package on ${host()} (${reason}): in a bundle, import the addon before it, for instance 'ringwire/linux-x64'`;
}

function nothingFound(location: AddonLocation): string {
	if (process.platform !== 'linux') return `ringwire runs on Linux; this is ${host()}`;
	const { target, candidates, folder } = location;
	const itsPackage = dirname(folder);
	if (!existsSync(itsPackage)) return packageNotFound(`there is no ${itsPackage}`);
	return `there is no native addon for ${target} (${host()}); looked for ${candidates.join(' and ')}: ${remedy(location)}`;
}

/** The binary was loaded, and the host lacks what it needs. */
function refused(reason: string): string {
	return `ringwire does not run on ${host()}: ${reason}`;
}

function notLoaded(file: string): string {
	return `the native addon does not load on ${host()}: ${file}`;
}

function remedy({ folder }: AddonLocation): string {
	if (!existsSync(join(folder, 'binding.gyp'))) return 'the package is incomplete, install it again';
	return 'build it with `npx ringwire build` (in a checkout of ringwire: `npm run set-up`)';
}

function host(): string {
	const { bun, deno } = process.versions as { readonly bun?: string; readonly deno?: string };
	const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${process.version}`;
	return `${process.platform} ${process.arch}, ${runtime}`;
}
