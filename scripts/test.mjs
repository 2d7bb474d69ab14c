// npm test: sets up what is missing, then makes every check, also after one has failed, and ends with a table.
//
//   npm test                              everything
//   npm test -- --only native,vitest      some of it
//   npm test -- --only vitest streams     arguments after that go to vitest
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { needDebianPackages } from './debian-packages.mjs';
import { fuzz } from './fuzz.mjs';
import { cppFiles, fromRoot, nodeModule } from './paths.mjs';
import { steps } from './set-up.mjs';
import { simulate } from './simulation.mjs';
import { testPackage } from './test-package.mjs';
import { capture, run, runAndKeep } from './tool.mjs';
import { verify } from './verify.mjs';

/**
 * Each answers true (passed), false (failed), how many tests did so, or, as a string, why it was not run. Nothing here
 * decides what is good by reading output: a command that fails is a failure, whatever it counted.
 */
const checks = {
	biome: () => run(nodeModule('.bin/biome'), ['check', '--error-on-warnings', '.']),
	eslint: (runner) => runner(process.execPath, [nodeModule('eslint/bin/eslint.js'), '--max-warnings=0', '.']),
	types: async (runner) => (await tsc(runner, 'tsconfig.json')) && (await tsc(runner, 'tsconfig.published.json')),
	imports: () => node('scripts/import-direction.mjs'),
	'c++-format': () => withTool('clang-format', () => run('clang-format', ['--dry-run', '-Werror', ...cppFiles()])),
	'c++-lint': () => withTool('clang-tidy', () => node('scripts/clang-tidy.mjs')),
	native: () => nativeTests('plain'),
	'native-asan': () => nativeTests('asan'),
	'native-tsan': () => nativeTests('tsan'),
	'native-simulated': () => nativeTests('simulated'),
	'native-steps': () => nativeSteps(),
	'native-fuzz': () => fuzz(),
	simulation: () => simulate(),
	model: () => verify('short'),
	vitest: () => vitest(),
	package: () => testPackage({ short: true }),
};
/** Checks with one thread each. They run at the same time. */
const singleThreaded = ['eslint', 'types'];

const { wanted, vitestArguments } = parseArguments(process.argv.slice(2));
const results = [];
if (await timed('dependencies', steps.dependencies)) {
	await timed('addon', steps.native);
	await timed('typescript', steps.typescript);
	const together = wanted.filter((name) => singleThreaded.includes(name));
	for (const name of wanted) {
		if (name === together[0]) await checkTogether(together);
		if (together.includes(name)) continue;
		console.log(`\n== ${name}`);
		await timed(name, checks[name]);
	}
}
printTable();
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;

function parseArguments([flag, list = '', ...rest]) {
	if (flag === undefined) return { wanted: Object.keys(checks), vitestArguments: [] };
	const names = list.split(',');
	if (flag !== '--only' || !names.every((name) => Object.hasOwn(checks, name))) {
		console.error(`usage: npm test -- --only STEP,STEP... with steps out of: ${Object.keys(checks).join(', ')}`);
		process.exit(2);
	}
	return { wanted: names, vitestArguments: rest };
}

function node(...args) {
	return run(process.execPath, args);
}

function tsc(runner, project) {
	return runner(process.execPath, [nodeModule('typescript/bin/tsc'), '-p', project]);
}

/** The output of each check is shown in one piece, when it has ended. */
async function checkTogether(names) {
	const check = async (name) => {
		let shown = '';
		await timed(name, () =>
			checks[name](async (command, args) => {
				const { ok, output } = await capture(command, args);
				shown += output;
				return ok;
			}),
		);
		console.log(`\n== ${name}\n${shown}`.trimEnd());
	};
	await Promise.all(names.map(check));
}

async function withTool(name, check) {
	return (await needDebianPackages([name])) ?? (await check());
}

async function nativeTests(variant) {
	const { ok, output } = await runAndKeep('make', ['-s', '-j2', '-C', 'lib-native', 'test', `VARIANT=${variant}`]);
	const counts = [...output.matchAll(/^ {2}(\d+) passed, (\d+) failed$/gm)];
	const sum = (column) => counts.reduce((total, match) => total + Number(match[column]), 0);
	return { ok, passed: sum(1), failed: sum(2) };
}

/** The kill matrix, and the check that its steps are in no other build. */
async function nativeSteps() {
	const { ok, passed, failed } = await nativeTests('steps');
	const absent =
		(await run('make', ['-s', '-j2', '-C', 'lib-native', 'library'])) && (await node('scripts/steps-absent.mjs'));
	return { ok: ok && absent, passed: passed + (absent ? 1 : 0), failed: failed + (absent ? 0 : 1) };
}

async function vitest() {
	// For the layouts of structs in 32-bit programs and in Python. A test whose package is missing is left out, and fails in CI.
	const numpy = spawnSync('python3', ['-c', 'import numpy']).status === 0 ? [] : ['python3-numpy'];
	const missing = await needDebianPackages(['g++-12-multilib', ...numpy]);
	if (missing !== undefined) console.log(`without layouts in 32-bit programs or in numpy: ${missing}`);
	const report = fromRoot('build/vitest.json');
	rmSync(report, { force: true });
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
	const ok = await node(nodeModule('vitest/vitest.mjs'), 'run', ...reporters, ...vitestArguments);
	try {
		const results = JSON.parse(readFileSync(report, 'utf8'));
		return { ok, passed: results.numPassedTests, failed: results.numFailedTests, failures: failuresOf(results) };
	} catch {
		return false;
	}
}

/** The file, the name and the first lines of each failure: a log that is cut at its beginning still has them. */
function failuresOf({ testResults }) {
	const firstLines = (text) => text.split('\n').slice(0, 8).join('\n  ');
	return testResults.flatMap(({ name, message, assertionResults }) => {
		const file = relative(fromRoot(), name);
		const failed = assertionResults.filter(({ status }) => status === 'failed');
		return [
			...(message ? [`${file}: ${firstLines(message)}`] : []),
			...failed.map((test) => `${file}: ${test.fullName}\n  ${firstLines(test.failureMessages.join('\n'))}`),
		];
	});
}

async function timed(name, check) {
	const start = performance.now();
	const result = await check();
	const seconds = (performance.now() - start) / 1000;
	results.push({ name, seconds, ...judge(result) });
	return result;
}

function judge(result) {
	if (typeof result === 'string') {
		// No failure on a developer's machine, but one in CI.
		return { passed: 0, failed: process.env.CI === 'true' ? 1 : 0, words: `not run: ${result}` };
	}
	if (typeof result === 'boolean') {
		return { passed: result ? 1 : 0, failed: result ? 0 : 1, words: result ? 'passed' : 'FAILED' };
	}
	const failed = result.ok ? 0 : Math.max(1, result.failed);
	return {
		passed: result.passed,
		failed,
		failures: result.failures,
		words: `${result.passed} passed, ${failed > 0 ? `${failed} FAILED` : '0 failed'}`,
	};
}

function printTable() {
	console.log(`\n${'step'.padEnd(14)}${'seconds'.padStart(8)}  result`);
	for (const { name, seconds, words } of results) {
		console.log(`${name.padEnd(14)}${seconds.toFixed(1).padStart(8)}  ${words}`);
	}
	for (const failure of results.flatMap(({ failures = [] }) => failures)) {
		console.log(`FAILED ${failure}`);
	}
	const sum = (key) => results.reduce((total, result) => total + result[key], 0);
	console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
}
