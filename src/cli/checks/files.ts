import { readFileSync } from 'node:fs';

/** The text of a file of /proc or /sys; undefined: it cannot be read. */
export function textOf(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}
