// Records the sources from which something was built, by their contents and not by their times. A checkout, a touched file and a
// deleted file are handled correctly.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { filesBelow, fromRoot } from './paths.mjs';

const stampFile = (name) => fromRoot('build', 'stamps', name);

/** A fingerprint of the sources' names and contents and of this kind of machine. */
export function fingerprint(sources) {
	const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
	for (const file of filesBelow(sources)) {
		const content = readFileSync(fromRoot(file));
		hash.update(`${file} ${content.length}\n`).update(content);
	}
	return hash.digest('hex');
}

export function isStamped(name, print) {
	try {
		return readFileSync(stampFile(name), 'utf8') === print;
	} catch {
		return false;
	}
}

export function stamp(name, print) {
	mkdirSync(dirname(stampFile(name)), { recursive: true });
	writeFileSync(stampFile(name), print);
}
