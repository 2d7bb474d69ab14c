import { createRequire } from 'node:module';

/** `require` of the package itself. Not at the top of a module: a bundle has no package around it, and then only a call fails. */
export function packageRequire(): NodeJS.Require {
	return createRequire(import.meta.url);
}
