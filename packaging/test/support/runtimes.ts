/** Bun and Deno, in the versions that packaging/runtimes pins. */
import { join } from 'node:path';
import { installed } from './tools.js';

const [bunArch, denoArch] = process.arch === 'arm64' ? ['aarch64', 'arm64'] : ['x64', 'x64'];

/** Installs them. Resolves with their programs. */
export async function bunAndDeno(): Promise<{ Bun: string; Deno: string }> {
	const packages = await installed('runtimes');
	return {
		Bun: join(packages, `@oven/bun-linux-${bunArch}/bin/bun`),
		Deno: join(packages, `@deno/linux-${denoArch}-glibc/deno`),
	};
}
