/** The versions of Node that packaging/nodes pins. */
import { join } from 'node:path';
import { installed } from './tools.js';

export const versions = ['20', '22', '24', '26'] as const;

/** Installs them. Resolves with the function that returns the program of a version. `20-arm64` is for an emulator. */
export async function installedNodes(): Promise<(version: string) => string> {
	// Forced: npm refuses a package for another processor.
	const packages = await installed('nodes', ['--force']);
	return (version) => join(packages, `node-${version}/bin/node`);
}
