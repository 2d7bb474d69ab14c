/** Takes the tarball that `scripts/test-package.mjs` has packed, and removes the projects of the last run. */
import { rmSync } from 'node:fs';
import { projects, tarball } from './project.js';

export function setup(): void {
	if (tarball === '') throw new Error('RINGWIRE_TARBALL is not set: run npm run test:package');
	rmSync(projects, { recursive: true, force: true });
}
