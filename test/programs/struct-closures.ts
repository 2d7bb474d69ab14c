/** Prints the results of each struct and message in the file of the argument, in a process that may forbid generated code. */
import { readFileSync } from 'node:fs';
import { resultsOf } from '../support/struct-results.js';
import type { FieldsSpec, Plain } from '../support/struct-spec.js';

const cases: [FieldsSpec, readonly Plain[]][] = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
let generated = true;
try {
	new Function('return 1');
} catch {
	generated = false;
}
console.log(JSON.stringify({ generated, results: cases.map(([fields, plain]) => resultsOf(fields, plain)) }));
