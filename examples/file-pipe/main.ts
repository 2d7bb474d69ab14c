import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTogether } from '../run-together.js';

const [file = process.execPath] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'file-pipe-'));
const copy = join(folder, 'copy');
try {
	await runTogether(import.meta.url, ['./reader.js', copy], ['./writer.js', file]);
	const identical = readFileSync(file).equals(readFileSync(copy));
	console.log(identical ? 'the copy is identical' : 'THE COPY DIFFERS');
	if (!identical) process.exitCode = 1;
} finally {
	rmSync(folder, { recursive: true });
}
