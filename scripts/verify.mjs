// npm run verify: runs the model checkers over lib-native/model and the simulation for 10 minutes, ends with a table, and tests the tarball in every
// row of packaging/test. Fails if a law is broken or if no law detects a mutant.
//
//   npm run verify                  everything, in minutes
//   npm run verify -- --short       the part that npm test runs
import { mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { needDebianPackages } from './debian-packages.mjs';
import { modelMutants, protocolMutants } from './model-mutants.mjs';
import { fromRoot, nodeModule } from './paths.mjs';
import { simulate, tryMutants } from './simulation.mjs';
import { testPackage } from './test-package.mjs';
import { capture, twoAtATime } from './tool.mjs';

const laws = fromRoot('lib-native/out/model/laws');
const spinFolder = fromRoot('lib-native/out/spin');

// `full` runs all executions and `bound` all with at most this many preemptions, both with loads that are stale by at most one value. `random`
// runs this many executions chosen at random, with loads that are stale by up to seven values.
const searches = {
	short: {
		random: 20_000,
		bound: {
			...{ 'lapped-descriptors': 2, 'lapped-payload': 2, 'lapped-latest': 1, 'held-back-payload': 1 },
			...{ 'wake-one-message': 3, 'wake-drained': 2, 'wake-space': 1, 'wake-two-waits': 1 },
			...{ 'pool-pinned': 1, 'pool-copied': 1 },
		},
	},
	full: {
		random: 1_000_000,
		bound: {
			...{
				'lapped-descriptors': 3,
				'lapped-payload': 3,
				'lapped-mixed': 2,
				'lapped-latest': 2,
				'lapped-two-readers': 1,
			},
			...{ 'held-back-depth': 2, 'held-back-payload': 2, 'held-back-two-readers': 1 },
			...{ 'wake-one-message': 4, 'wake-drained': 3, 'wake-space': 2, 'wake-two-waits': 2 },
			...{ 'wake-two-writers': 1, 'wake-two-readers': 1 },
			...{
				'pool-pinned': 2,
				'pool-descriptors': 2,
				'pool-copied': 2,
				'pool-latest': 2,
				'pool-kept': 1,
				'pool-room': 1,
			},
		},
		full: { 'lapped-end': 0 },
	},
};
const mutantExecutions = { short: [300, 5000, 100_000], full: [300, 5000, 100_000, 1_000_000] };
const simulationSeconds = 600;
const structRuns = 500;
const harmlessExecutions = 50_000;

// Spin searches all interleavings, with at most this many deaths.
const protocols = {
	short: [
		['wake', { KILLS: 1, MESSAGES: 1 }],
		['crowd', { KILLS: 0, MESSAGES: 1 }],
		['meeting', { KILLS: 1 }],
		['pool', { KILLS: 1, MESSAGES: 2, READERS: 1 }],
	],
	full: [
		['wake', { KILLS: 0 }],
		['wake', { KILLS: 1 }],
		['wake', { KILLS: 1, APART: 1 }],
		['crowd', { KILLS: 1, MESSAGES: 1 }],
		['crowd', { KILLS: 0, MESSAGES: 2, SECOND: 1 }],
		['meeting', { KILLS: 2 }],
		['pool', { KILLS: 1 }],
		['pool', { KILLS: 1, CUTS: 1 }],
		['pool', { KILLS: 2, CHUNKS: 2, READERS: 1 }],
	],
};
// -E: wake.pml itself checks for processes that sleep for ever. In the others they are an invalid end state.
const searchOptions = { wake: ['-E'], crowd: [], meeting: [], pool: [] };

export async function verify(amount) {
	const missing = await needDebianPackages(['relacy-dev', 'spin']);
	if (missing !== undefined) return missing;
	const made = await capture('make', ['-s', '-j2', '-C', 'lib-native/model']);
	if (!made.ok) {
		console.error(made.output);
		return false;
	}
	const scenarios = (await capture(laws, ['list'])).output
		.trim()
		.split('\n')
		.map((line) => line.split('\t')[0]);
	const jobs = [
		...scenarios.flatMap((scenario) => scenarioJobs(scenario, amount)),
		...protocols[amount].map(
			([model, sizes]) =>
				() =>
					checkProtocol(model, sizes),
		),
		...modelMutants()
			.filter(({ harmless }) => amount === 'full' || harmless === undefined)
			.map((mutant) => () => tryMutant(mutant, scenarios, amount)),
		...(amount === 'full' ? protocolMutants.map((mutant) => () => tryProtocolMutant(mutant)) : []),
	];
	const rows = [
		...(await runAll(jobs)),
		...(amount === 'full' ? [...(await runSimulation()), await runStructs()] : []),
	];
	const failed = rows.filter(({ good }) => !good).length;
	return { ok: failed === 0, passed: rows.length - failed, failed };
}

/** The lives take one core, and a rate that is not slowed down. */
async function runSimulation() {
	const good = await simulate(simulationSeconds, Date.now());
	const mutants = await tryMutants(printRow);
	return [{ good, what: `simulation, ${simulationSeconds} s`, how: '' }, ...mutants];
}

/** The tests of random structs, with more of them. */
async function runStructs() {
	const env = { ...process.env, RINGWIRE_STRUCT_RUNS: String(structRuns) };
	const tests = ['test/struct-property.test.ts', 'test/struct-interop.test.ts'];
	const args = [nodeModule('vitest/vitest.mjs'), 'run', '--testTimeout=1200000', '--hookTimeout=1200000', ...tests];
	const { ok, output } = await capture(process.execPath, args, { env });
	if (!ok) console.error(output);
	const row = { good: ok, what: `${structRuns} random structs in C, C++ and Python`, how: '' };
	printRow(row);
	return row;
}

function printRow({ good, what, how }) {
	console.log(`${good ? 'ok    ' : 'FAILED'} ${what.padEnd(78)} ${how}`);
}

/** Each result is printed when it is there. */
function runAll(jobs) {
	return twoAtATime(
		jobs.map((job) => async () => {
			const row = await job();
			printRow(row);
			return row;
		}),
	);
}

function scenarioJobs(scenario, amount) {
	const { random, ...exhaustive } = searches[amount];
	const kinds = [['random', random], ...Object.entries(exhaustive).map(([kind, limits]) => [kind, limits[scenario]])];
	return kinds
		.filter(([, limit]) => limit !== undefined)
		.map(([kind, limit]) => async () => {
			const { ok, output } = await capture(laws, [scenario, kind, String(limit)]);
			const good = ok && output.includes(': holds');
			return { good, what: `${scenario} ${kind}${kind === 'bound' ? ` ${limit}` : ''}`, how: output.trim() };
		});
}

async function tryMutant({ name, text, harmless }, all, amount) {
	let reached = false;
	// Those first that are most likely to reach it.
	const ofPool = (scenario) => scenario.startsWith('pool') === /^(pool|pins)/.test(name);
	const scenarios = [...all.filter(ofPool), ...all.filter((scenario) => !ofPool(scenario))];
	for (const executions of harmless === undefined ? mutantExecutions[amount] : [harmlessExecutions]) {
		for (const scenario of scenarios) {
			const { ok, output } = await capture(laws, [scenario, 'random', String(executions), name]);
			reached ||= ok;
			const counted = output.match(/: ([A-Z ]+), (\d+) executions/);
			if (ok || counted === null) continue;
			if (harmless === undefined) return { good: true, what: text, how: `found: ${output.trim()}` };
			return { good: false, what: text, how: `is listed as harmless, but ${output.trim()}` };
		}
	}
	if (!reached) return { good: false, what: text, how: 'no scenario reaches it' };
	if (harmless !== undefined) return { good: true, what: text, how: `not found: ${harmless}` };
	return { good: false, what: text, how: 'NOT FOUND' };
}

async function checkProtocol(model, sizes) {
	const { good, output } = await spin(model, sizes);
	return { good, what: `protocol ${model} ${flags(sizes).join(' ')}`, how: output };
}

async function tryProtocolMutant({ model = 'wake', number, text, sizes }) {
	const { good, broken, output } = await spin(model, { MUTANT: number, ...sizes });
	return { good: !good && broken, what: text, how: broken ? `found: ${output}` : `NOT FOUND: ${output}` };
}

const flags = (sizes) => Object.entries(sizes).map(([name, value]) => `-D${name}=${value}`);

async function spin(model, sizes) {
	const folder = `${spinFolder}/${model}-${Object.entries(sizes).flat().join('-')}`;
	mkdirSync(folder, { recursive: true });
	const options = { cwd: folder };
	for (const [command, args] of [
		['spin', ['-a', ...flags(sizes), fromRoot(`lib-native/model/${model}.pml`)]],
		['gcc', ['-O1', '-w', '-DSAFETY', '-DCOLLAPSE', '-DMEMLIM=6000', '-o', 'pan', 'pan.c']],
	]) {
		const { ok, output } = await capture(command, args, options);
		if (!ok) return { good: false, broken: false, output };
	}
	const { ok, output } = await capture('./pan', [...searchOptions[model], '-m1000000', '-w24'], options);
	const errors = output.match(/errors: (\d+)/)?.[1];
	const complete = !/error: max search depth too small|out of memory|Search not completed/.test(output);
	const states = output.match(/^\s*(\S+) states, stored/m)?.[1] ?? 'no';
	const broken = errors !== undefined && errors !== '0';
	const assertion = output.match(/^pan:1: (.*)/m)?.[1] ?? '';
	return {
		good: ok && errors === '0' && complete,
		broken,
		output: `${states} states${broken ? `, ${assertion}` : ''}`,
	};
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const start = performance.now();
	const result = await verify(process.argv.includes('--short') ? 'short' : 'full');
	const seconds = ((performance.now() - start) / 1000).toFixed(0);
	console.log(typeof result === 'object' ? `${result.passed} passed, ${result.failed} failed, ${seconds} s` : result);
	const packaged = process.argv.includes('--short') || (await testPackage());
	process.exitCode = result?.ok && packaged ? 0 : 1;
}
