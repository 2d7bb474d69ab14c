// Random lives of channels over the simulated platform (lib-native/simulation), and its mutants: bugs that it has to find.
//
//   npm run simulation                       as in npm test: two programs of 10 s, from fixed seeds
//   npm run simulation -- --seconds 600      two programs of 300 s, with other seeds each time
//   npm run simulation -- --trace SEED       everything that happens in one life
//   npm run simulation -- --mutants          each planted bug has to be found within 20 s
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { fromRoot } from './paths.mjs';
import { simulationMutants } from './simulation-mutants.mjs';
import { capture, run, runQuietly, twoAtATime } from './tool.mjs';

const secondsInTest = 20;
/** One program does not come to the seeds of the other one. */
const seedsApart = 1_000_000_000;
const program = fromRoot('lib-native/out/simulated/simulation/lives');

/** Resolves with true if no life breaks a law. */
export async function simulate(seconds = secondsInTest, seed = 1) {
	if (!(await build('simulation'))) return false;
	const halves = [seed, seed + seedsApart].map((first) => () => capture(program, lives(seconds / 2, first)));
	const runs = await twoAtATime(halves);
	for (const { output } of runs) console.log(output.trimEnd());
	return runs.every(({ ok }) => ok);
}

/** A row for each planted bug, as {good, what, how}. */
export async function tryMutants(print = () => {}) {
	const rows = [];
	for (const mutant of simulationMutants) {
		rows.push(await tryMutant(mutant));
		print(rows.at(-1));
	}
	return rows;
}

function lives(seconds, seed) {
	return ['--seconds', String(seconds), '--seed', String(seed)];
}

async function build(target) {
	const args = ['-s', '-j2', '-C', 'lib-native', target];
	return await runQuietly('building the simulation', [{ command: 'make', args }]);
}

// The changed source takes the place of the original one in the program.
async function tryMutant({ name, text, file, replace, by }) {
	const source = readFileSync(fromRoot('lib-native', file), 'utf8');
	if (source.split(replace).length !== 2) {
		return { good: false, what: text, how: `does not apply: ${file} does not contain once: ${replace}` };
	}
	const folder = fromRoot('lib-native/out/simulated/mutants');
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		`${folder}/${name}.cc`,
		source.replace(replace, () => by),
	);
	const made = await capture('make', [
		...['-s', '-C', 'lib-native', 'VARIANT=simulated', `out/simulated/mutants/${name}`],
	]);
	if (!made.ok) return { good: false, what: text, how: `does not compile: ${basename(file)}: ${made.output}` };
	const { ok, output } = await capture(`${folder}/${name}`, lives(secondsInTest, 1));
	const last = output.trim().split('\n').slice(-2).join('; ');
	return { good: !ok, what: text, how: ok ? `NOT FOUND: ${last}` : `found: ${last}` };
}

if (process.argv[1] === import.meta.filename) {
	const { values } = parseArgs({
		options: { seconds: { type: 'string' }, trace: { type: 'string' }, mutants: { type: 'boolean' } },
	});
	if (values.mutants) {
		const rows = (await build('simulation'))
			? await tryMutants(({ good, what, how }) =>
					console.log(`${good ? 'ok    ' : 'FAILED'} ${what}\n       ${how}`),
				)
			: [];
		process.exitCode = rows.length > 0 && rows.every(({ good }) => good) ? 0 : 1;
	} else if (values.trace !== undefined) {
		process.exitCode = (await build('simulation')) && (await run(program, ['--trace', values.trace])) ? 0 : 1;
	} else {
		const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
		process.exitCode = (await simulate(seconds, seconds === undefined ? 1 : Date.now())) ? 0 : 1;
	}
}
