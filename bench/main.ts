/**
 * `npm run bench -- [--quick] [--filter TEXT] [--repeats N] [--json FILE]`: one way between two real processes, every face and every rival
 * in the same run, interleaved, so that whatever else the machine does hits them alike.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestants } from './contestants/all.js';
import { printRows, type Row, rowsOf, type Sample } from './report.js';
import { runTrial } from './run-trial.js';
import { trials } from './trials.js';

const { values: options } = parseArgs({
	options: {
		quick: { type: 'boolean', default: false },
		filter: { type: 'string', default: '' },
		repeats: { type: 'string', default: '' },
		json: { type: 'string' },
		tiny: { type: 'boolean', default: false },
	},
});
const repeats = Number(options.repeats || (options.quick || options.tiny ? 1 : 5));
if (!Number.isInteger(repeats) || repeats < 1) {
	throw new RangeError(`--repeats must be a whole number from 1 on, not ${options.repeats}`);
}
const divisor = options.tiny ? 2000 : options.quick ? 5 : 1;
const chosen = contestants.filter(({ name, rival }) => rival === true || name.includes(options.filter));

const folder = mkdtempSync(join(tmpdir(), 'ringwire-bench-'));
process.env.RINGWIRE_DIR = folder;
const rows: Row[] = [];
try {
	for (const { size, count } of trials) {
		const samples: Sample[] = [];
		for (let repeat = 0; repeat < repeats; repeat++) {
			for (const [index, contestant] of chosen.entries()) {
				const share = contestant.rival ? 10 : 1;
				const trial = {
					name: `b${size}-${repeat}-${index}`,
					size,
					count: Math.max(100, Math.round(count / divisor / share)),
					folder,
				};
				process.stderr.write(`\r\u001b[K${size} B, ${repeat + 1} of ${repeats}: ${contestant.name}`);
				try {
					const seconds = await runTrial(contestant.name, trial);
					samples.push({ contestant: contestant.name, perSecond: trial.count / seconds });
				} catch (error) {
					process.stderr.write(`\r\u001b[K${contestant.name}, ${size} B: ${String(error)}\n`);
					process.exitCode = 1;
				}
			}
		}
		process.stderr.write('\r\u001b[K');
		rows.push(...rowsOf(size, chosen, samples));
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
printRows(rows, repeats);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, '\t')}\n`);
